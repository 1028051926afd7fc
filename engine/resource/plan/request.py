"""Compile a connector's request template into a function from variables to a call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

import orjson

from engine.resource.calls import Call
from engine.resource.mapping import Issues, Mapper, MappingError
from engine.resource.model import Connector, Header
from engine.resource.template import NULL_URL

VariablesByName = Mapping[str, object]
FORM = "application/x-www-form-urlencoded"
HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRenderer:
    """`render` gives the call, or None where a null input means that there is nothing to ask.

    It raises MappingError where a value cannot stand where the template puts it.
    """

    render: Callable[[VariablesByName], Call | None]
    forwards: tuple[str, ...]  # client headers that the request takes over, lower case


def compile_request(connector: Connector) -> RequestRenderer:
    url = connector.url.compile()
    headers = tuple(_compile_header(header) for header in connector.headers)
    body = _compile_body(connector)
    source, method = connector.source, connector.method
    more = _compile_query(connector)
    names = {header.name.lower() for header in connector.headers}
    extra = ()
    if body is not None and "content-type" not in names:
        extra = (("content-type", "application/json"),)

    def render(variables: VariablesByName) -> Call | None:
        target = url(variables)
        if target is NULL_URL:
            return None
        rendered = extra
        for header in headers:
            rendered += header(variables)
        where = str(target) if more is None else more(str(target), variables)
        return Call(source, method, where, rendered, body(variables) if body else None)

    forwards = tuple(header.forward for header in connector.headers if header.forward is not None)
    return RequestRenderer(render=render, forwards=forwards)


def _compile_header(header: Header) -> Callable[[VariablesByName], tuple[tuple[str, str], ...]]:
    name = header.name.lower()
    if header.forward is not None:
        forwarded = header.forward

        def forward(variables: VariablesByName) -> tuple[tuple[str, str], ...]:
            request = variables["$request"]
            received = request["headers"].get(forwarded, ())  # type: ignore[index] # the gateway's own shape
            return tuple((name, value) for value in received)

        return forward
    assert header.template is not None, "a header either forwards or renders"
    template = header.template.compile()

    def render(variables: VariablesByName) -> tuple[tuple[str, str], ...]:
        value = template(variables)
        return () if value is None else ((name, value),)

    return render


def _compile_query(connector: Connector) -> Callable[[str, VariablesByName], str] | None:
    """Adds what `queryParams` gives to a URL."""
    if connector.query is None:
        return None
    mapper = connector.query.compile()
    mark = "&" if "?" in connector.url.text else "?"

    def extend(url: str, variables: VariablesByName) -> str:
        pairs = _pairs(_mapped(mapper, variables), "queryParams are")
        return f"{url}{mark}{pairs}" if pairs else url

    return extend


def _compile_body(connector: Connector) -> Callable[[VariablesByName], bytes] | None:
    if connector.body is None:
        return None
    mapper = connector.body.compile()
    if _is_form(connector):
        return lambda variables: _form(_mapped(mapper, variables))
    return lambda variables: orjson.dumps(_mapped(mapper, variables))


def _mapped(mapper: Mapper, variables: VariablesByName) -> object:
    return mapper(None, variables, Issues())


def _is_form(connector: Connector) -> bool:
    return any(
        header.name.lower() == "content-type" and header.template is not None and FORM in header.template.text
        for header in connector.headers
    )


def _pairs(value: object, subject: str) -> str:
    """application/x-www-form-urlencoded; lists repeat their name, nulls are left out."""
    if not isinstance(value, dict):
        raise MappingError(f"{subject} an object of scalars")
    pairs: list[str] = []
    for name, member in value.items():  # pyright: ignore[reportUnknownVariableType] # JSON
        members = member if isinstance(member, list) else [member]
        pairs.extend(f"{quote(str(name), safe='')}={_text_of(m, subject)}" for m in members if m is not None)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # JSON
    return "&".join(pairs)


def _form(value: object) -> bytes:
    """As query parameters, and what nests is named by brackets: `items[0][sku]`."""
    if not isinstance(value, dict):
        raise MappingError("a form body is an object")
    flat: dict[str, object] = {}
    for name, member in cast("dict[str, object]", value).items():  # JSON
        flat.update(_flattened(name, member))
    return _pairs(flat, "a form body is").encode()


def _flattened(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, member in cast("dict[str, object]", value).items():  # JSON
            yield from _flattened(f"{name}[{key}]", member)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in cast("list[object]", value)):
        for at, member in enumerate(cast("list[object]", value)):  # JSON
            yield from _flattened(f"{name}[{at}]", member)
    else:
        yield name, value


def _text_of(value: object, subject: str) -> str:
    if isinstance(value, dict | list):
        raise MappingError(f"{subject} an object of scalars, not of objects or lists of lists")
    text = orjson.dumps(value).decode() if isinstance(value, bool | float) else str(value)
    return quote(text, safe="")
