"""Read @source and @connect: templates and mappings parsed, everything of the source merged in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from graphql import StringValueNode

from engine.resource.mapping import MappingSyntaxError, Selection, parse_selection
from engine.resource.model import (
    Batch,
    Connector,
    ErrorMapping,
    Header,
    OnError,
    Source,
    Written,
)
from engine.resource.policy import Policy
from engine.resource.sdl.findings import Findings, did_you_mean, place_inside, place_of
from engine.resource.sdl.policies import read_policy
from engine.resource.sdl.vocabulary import DirectiveUse
from engine.resource.template import (
    HeaderTemplate,
    TemplateSyntaxError,
    UrlTemplate,
    VariableHost,
    parse_header_template,
    parse_url_template,
)

Parsed = TypeVar("Parsed", Selection, UrlTemplate, HeaderTemplate)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Reader:
    """Reads directive arguments and reports what does not parse at its place inside the string."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.written: list[Written] = []

    def selection(self, use: DirectiveUse, path: str) -> Selection | None:
        return self._parsed(use, path, parse_selection)

    def url(self, use: DirectiveUse, path: str, *, relative: bool) -> UrlTemplate | None:
        return self._parsed(use, path, lambda text: parse_url_template(text, relative=relative))

    def header_template(self, use: DirectiveUse, path: str) -> HeaderTemplate | None:
        return self._parsed(use, path, parse_header_template)

    def _parsed(self, use: DirectiveUse, path: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        node = use.text_at(path)
        if node is None:
            return None
        try:
            parsed = parse(node.value)
            self.written.append(Written(argument=path, text=node, variables=parsed.variables))
            return parsed
        except VariableHost as error:
            self.findings.add("HOST_VARIABLE", error.message, place_inside(node, error.line, error.column))
        except TemplateSyntaxError as error:
            self.findings.add("TEMPLATE_SYNTAX", error.message, place_inside(node, error.line, error.column))
        except MappingSyntaxError as error:
            self.findings.add("SELECTION_SYNTAX", error.message, place_inside(node, error.line, error.column))
        return None

    def headers(self, use: DirectiveUse, path: str) -> tuple[Header, ...]:
        listed = cast("list[Mapping[str, str]] | None", use.get(path)) or []  # coerced: [HTTPHeader!]
        headers: list[Header] = []
        for index, written in enumerate(listed):
            at = f"{path}.{index}"
            if ("from" in written) == ("value" in written):
                self.findings.add(
                    "HEADER_FORM",
                    f"header '{written['name']}' takes either 'from' (forward a client header) or 'value'",
                    place_of(use.node_at(at) or use.node),
                )
                continue
            if "from" in written:
                headers.append(Header(name=written["name"], forward=written["from"].lower()))
            elif (template := self.header_template(use, f"{at}.value")) is not None:
                headers.append(Header(name=written["name"], template=template))
        return tuple(headers)

    def errors(self, use: DirectiveUse) -> ErrorMapping | None:
        if not use.has("errors"):
            return None
        return ErrorMapping(
            message=self.selection(use, "errors.message"), extensions=self.selection(use, "errors.extensions")
        )


def read_source(use: DirectiveUse, module: str, findings: Findings) -> Source | None:
    """One @source of `extend schema`; None where its base URL does not parse (reported)."""
    reader = Reader(findings)
    name = cast("str", use.get("name"))  # String!
    base_url = reader.url(use, "http.baseURL", relative=False)
    headers = reader.headers(use, "http.headers")
    errors, is_success = reader.errors(use), reader.selection(use, "isSuccess")
    if base_url is None:
        if not use.has("http"):
            findings.add(
                "SOURCE_WITHOUT_HTTP", f"source '{name}' needs http: {{ baseURL }}", place_of(use.node)
            )
        return None
    return Source(
        name=name,
        module=module,
        base_url=base_url,
        headers=headers,
        errors=errors,
        is_success=is_success,
        policy=read_policy(use, Policy(), scope=f"{module}/{name}"),
        written=tuple(reader.written),
        node=use.node,
        place=place_of(use.node),
    )


def read_connector(
    use: DirectiveUse,
    *,
    site: str,
    module: str,
    sources: Mapping[str, Source | None],
    findings: Findings,
) -> Connector | None:
    """One @connect at `site`; None where a part of it does not parse or name a source (reported)."""
    coordinate = site.partition("#")[0]
    source = _source_of(use, sources, findings)
    own = _read_own(use, findings)
    if own is None or (use.has("source") and source is None):
        return None
    return Connector(
        api=str(use.get("id") or site),
        coordinate=coordinate,
        site=site,
        module=module,
        source=source.key if source else f"{module}/{coordinate}",
        source_name=source.name if source else "",
        method=own.method,
        url=own.url.join(source.base_url) if source else own.url,
        headers=_inherited_headers(source, own.headers) + own.headers,
        query=own.query,
        body=own.body,
        selection=own.selection,
        entity=bool(use.get("entity")),
        batch=_batch(use, own, coordinate),
        errors=own.errors or (source.errors if source else None),
        is_success=own.is_success or (source.is_success if source else None),
        policy=read_policy(use, source.policy if source else Policy(), scope=site, method=own.method),
        on_error=OnError(cast("str", use.get("onError") or OnError.NULL)),
        default=use.get("default"),
        written=own.written,
        node=use.node,
        place=place_of(use.node),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What a @connect says itself, parsed."""

    method: str
    url: UrlTemplate
    headers: tuple[Header, ...]
    query: Selection | None
    body: Selection | None
    selection: Selection
    errors: ErrorMapping | None
    is_success: Selection | None
    written: tuple[Written, ...]


def _read_own(use: DirectiveUse, findings: Findings) -> _Own | None:
    """None where anything is reported."""
    before = len(findings.problems)
    reader = Reader(findings)
    method = _method(use, findings)
    url = reader.url(use, f"http.{method}", relative=use.has("source")) if method else None
    query, body = reader.selection(use, "http.queryParams"), reader.selection(use, "http.body")
    selection = reader.selection(use, "selection")
    headers = reader.headers(use, "http.headers")
    errors, is_success = reader.errors(use), reader.selection(use, "isSuccess")
    if use.has("default") != (use.get("onError") == OnError.DEFAULT):
        findings.add("DEFAULT_FORM", "'default' and 'onError: DEFAULT' go together", place_of(use.node))
    if len(findings.problems) > before or url is None or selection is None:
        return None
    return _Own(
        method=method,
        url=url,
        headers=headers,
        query=query,
        body=body,
        selection=selection,
        errors=errors,
        is_success=is_success,
        written=tuple(reader.written),
    )


def _inherited_headers(source: Source | None, own: Sequence[Header]) -> tuple[Header, ...]:
    """The headers of the source that the connector does not state itself."""
    names = {header.name.lower() for header in own}
    return tuple(header for header in source.headers if header.name.lower() not in names) if source else ()


def _source_of(use: DirectiveUse, sources: Mapping[str, Source | None], findings: Findings) -> Source | None:
    node = use.text_at("source")
    if node is None:
        return None
    if node.value not in sources:
        findings.add(
            "UNKNOWN_SOURCE",
            f"this module has no source '{node.value}'",
            place_of(node),
            suggestion=did_you_mean(node.value, sources)
            or 'Declare it: extend schema @source(name: …, http: { baseURL: "…" })',
        )
        return None
    return sources[node.value]


def _method(use: DirectiveUse, findings: Findings) -> str:
    """The one method written; the empty string where none or several are (reported)."""
    written = [method for method in METHODS if use.has(f"http.{method}")]
    if len(written) == 1:
        return written[0]
    node = use.node_at("http") or use.node
    findings.add("METHOD_FORM", f"http takes exactly one of {', '.join(METHODS)}", place_of(node))
    return ""


def _batch(use: DirectiveUse, own: _Own, coordinate: str) -> Batch | None:
    if not use.has("batch"):
        return None
    mappings = [mapping for mapping in (own.query, own.body) if mapping is not None]
    variables = (*own.url.variables, *(variable for mapping in mappings for variable in mapping.variables))
    named = dict.fromkeys(use_.path for use_ in variables if use_.name == "$batch" and use_.path)
    key = cast("str | None", use.get("batch.key"))
    parents = tuple(named)
    on_field = "." in coordinate
    if on_field:
        keys = (tuple(key.split(".")),) if key else parents
    else:
        keys = tuple((name,) for name in key.split()) if key else parents
        parents = parents or keys
    return Batch(max_size=cast("int", use.get("batch.maxSize")), parents=parents, keys=keys)


def string_node(use: DirectiveUse, path: str) -> StringValueNode:
    """The written string at `path`; only for arguments that are known to be there."""
    node = use.text_at(path)
    assert node is not None, f"@{use.name}({path}) is present"
    return node
