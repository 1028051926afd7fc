"""What an operation sends: URL, query parameters, headers and body, as templates and mappings."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from engine.resource.openapi.operations import FORM, Operation
from engine.resource.openapi.parameters import Argument
from engine.resource.openapi.selections import Selections
from engine.resource.openapi.shapes import JSON, Listed, Named, ObjectType

_HOLE = re.compile(r"\{([^{}]*)\}")
_SAFE = "!$&'()*+,;=:@~%"
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    url: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """`given`: where an argument's value comes from, for those that do not come from `$args`."""

    selections: Selections

    def of(self, operation: Operation, given: Mapping[str, str] | None = None) -> Request:
        given = given or {}
        arguments = operation.arguments
        return Request(
            method=operation.method,
            url=self._url(operation, given),
            query=" ".join(self._query(operation, given)),
            headers=(
                *(
                    (("content-type", operation.media),)
                    if operation.media not in ("", "application/json")
                    else ()
                ),
                *((("accept", operation.accept),) if operation.accept else ()),
                *((a.wire, f"{{{self._text(a, given)}}}") for a in arguments if a.place == "header"),
            ),
            body=self._body(operation, given),
        )

    def _url(self, operation: Operation, given: Mapping[str, str]) -> str:
        by_wire = {argument.wire: argument for argument in operation.arguments if argument.place == "path"}

        def hole(found: re.Match[str]) -> str:
            argument = by_wire[found[1]]
            style = argument.node.text("style")
            lead = "." if style == "label" else f";{argument.wire}=" if style == "matrix" else ""
            return f"{lead}{{{self._text(argument, given)}}}"

        pieces = _HOLE.split(operation.path)
        fixed = [
            quote(piece, safe=_SAFE + "/") if n % 2 == 0 else hole(_match(piece))
            for n, piece in enumerate(pieces)
        ]
        query = "&".join(
            f"{quote(argument.wire, safe='')}={{{self._text(argument, given)}}}"
            for argument in operation.arguments
            if argument.place == "query" and self._is_fixed(argument)
        )
        return "".join(fixed) + (f"?{query}" if query else "")

    def _is_fixed(self, argument: Argument) -> bool:
        """Always there, and one value: written into the URL, where a reader looks for it."""
        return (
            argument.required
            and not isinstance(argument.shape, Listed)
            and self._object(argument) is None
            and argument.shape != JSON
        )

    def _query(self, operation: Operation, given: Mapping[str, str]) -> Iterator[str]:
        for argument in operation.arguments:
            if argument.place == "query" and not self._is_fixed(argument):
                yield from self._pairs(argument, given)
        for name, value in operation.credentials.query:
            yield f"{_key(name)}: {value}"

    def _pairs(self, argument: Argument, given: Mapping[str, str]) -> Iterator[str]:
        declared = self._object(argument)
        if declared is None:
            explode = _explodes(argument) and argument.shape != JSON
            value = self._value(argument, given) if explode else self._text(argument, given)
            yield f"{_key(argument.wire)}: {value}"
            return
        deep = argument.node.text("style") == "deepObject"
        source = given.get(argument.name, f"$args.{argument.name}")
        for member in declared.members:
            name = f"{argument.wire}[{member.wire}]" if deep else member.wire
            value = self.selections.of_request(member.shape, f"{source}?.{member.name}?", in_json=False)
            yield f"{_key(name)}: {value.removesuffix('?')}"

    def _object(self, argument: Argument) -> ObjectType | None:
        declared = (
            self.selections.table.get(argument.shape.key) if isinstance(argument.shape, Named) else None
        )
        return declared if isinstance(declared, ObjectType) else None

    def _text(self, argument: Argument, given: Mapping[str, str]) -> str:
        """One text: lists joined as the style says, free-form values as JSON."""
        value = self._value(argument, given)
        mark = "" if argument.required or value.endswith(")") or argument.name in given else "?"
        if argument.shape == JSON:
            return f"{value}{mark}->jsonStringify"
        if isinstance(argument.shape, Listed):
            style = argument.node.text("style") or ""
            separator = "." if style == "label" and _explodes(argument) else _SEPARATORS.get(style, ",")
            return f"{value}{mark}->joinNotNull('{separator}')"
        return value

    def _value(self, argument: Argument, given: Mapping[str, str]) -> str:
        source = given.get(argument.name, f"$args.{argument.name}")
        mark = "" if argument.required or argument.name in given else "?"
        value = self.selections.of_request(argument.shape, f"{source}{mark}", in_json=False)
        return source if value == f"{source}{mark}" else value

    def _body(self, operation: Operation, given: Mapping[str, str]) -> str:
        argument = operation.body
        if argument is None:
            return ""
        source = given.get(argument.name, f"$args.{argument.name}")
        return self.selections.of_request(argument.shape, source, in_json=FORM not in operation.media)


def _match(name: str) -> re.Match[str]:
    found = _HOLE.fullmatch(f"{{{name}}}")
    assert found is not None, "cut at its braces"
    return found


def _key(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
        else "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"
    )


def _explodes(argument: Argument) -> bool:
    node = argument.node
    written = node.value.get("explode") if isinstance(node.value, dict) else None
    if isinstance(written, bool):
        return written
    return (node.text("style") or ("form" if argument.place == "query" else "simple")) in (
        "form",
        "deepObject",
    )
