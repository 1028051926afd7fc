"""Parameters of an operation → arguments of a field, and where each goes in the request."""

import re
from dataclasses import dataclass, field

from engine.resource.openapi.names import Names, field_name, type_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.references import Documents, Node
from engine.resource.openapi.shapes import (
    JSON,
    STRING,
    Direction,
    Listed,
    Named,
    ObjectType,
    Shape,
    innermost,
)
from engine.resource.openapi.types import Types

IGNORED = {"accept", "content-type", "authorization"}  # OpenAPI 3.1, 4.8.12.2.1
CONNECTION = {
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_HOLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """`wire` is what the API calls it, `place` where it goes: path, query, header or body."""

    name: str
    wire: str
    place: str
    shape: Shape
    required: bool
    node: Node
    description: str = ""
    deprecated: bool = False


@dataclass(slots=True, kw_only=True)
class Arguments:
    """Reads the parameters of one operation; `ok` is False once a required one cannot be mapped."""

    documents: Documents
    types: Types
    notes: Notes
    operation: str
    hint: str
    names: Names = field(default_factory=Names)
    found: list[Argument] = field(default_factory=list[Argument])
    in_path: set[str] = field(default_factory=set[str])
    ok: bool = True

    def read(self, parameters: list[Node], path: str) -> None:
        self._declare_path(parameters, path)
        for parameter in parameters:
            self._read(parameter)

    def _declare_path(self, parameters: list[Node], path: str) -> None:
        """A name in the path that no parameter describes is a text all the same."""
        declared = {p.text("name") for p in parameters if p.text("in") == "path"}
        self.in_path = set(_HOLE.findall(path))
        for name in dict.fromkeys(_HOLE.findall(path)):
            if name not in declared:
                self.notes.change(
                    "PARAMETER_UNDECLARED", self._at(name), "only the path names it: taken as a text"
                )
                self._add(self.documents.root, name, "path", STRING)
        for name in declared - self.in_path:
            self.notes.lose("PARAMETER_UNUSED", self._at(str(name)), "the path has no such name")

    def _read(self, parameter: Node) -> None:
        name, place = parameter.text("name") or "", parameter.text("in") or ""
        lower = name.lower()
        if place == "header" and lower in IGNORED:
            self.notes.change("HEADER_IGNORED", self._at(name), "said by security and media types")
        elif place == "header" and (lower in CONNECTION or lower.startswith("proxy-")):
            self._refuse(parameter, "HEADER_FORBIDDEN", "a header of the connection, which the gateway makes")
        elif place not in ("path", "query", "header"):
            self._refuse(parameter, "PARAMETER_UNMAPPABLE", f"a parameter in '{place}' is not sent")
        elif place != "path" or name in self.in_path:
            self._map(parameter, name, place)

    def _map(self, parameter: Node, name: str, place: str) -> None:
        schema = parameter.find("schema")
        if schema is None and parameter.find("content") is not None:
            return self._add(parameter, name, place, JSON)  # sent as JSON text
        shape = (
            STRING
            if schema is None
            else self.types.shape(schema, f"{self.hint}{type_name(name)}", Direction.INPUT, wire=name)
        )
        self.types.finish()
        problem = self._problem_of(parameter, shape, place)
        if problem is not None:
            return self._refuse(parameter, "PARAMETER_UNMAPPABLE", problem)
        return self._add(parameter, name, place, shape)

    def _problem_of(self, parameter: Node, shape: Shape, place: str) -> str | None:
        declared = self.types.table.get(shape.key) if isinstance(shape, Named) else None
        style = parameter.text("style") or ("form" if place == "query" else "simple")
        if isinstance(declared, ObjectType):
            if place != "query" or style not in ("form", "deepObject") or not _explodes(parameter, style):
                return f"an object in the style '{style}' of a {place} parameter cannot be written"
            if any(not _is_flat(self.types, member.shape) for member in declared.members):
                return "an object of objects cannot be written as a parameter"
        elif isinstance(shape, Listed) and not _is_flat(self.types, shape.item, lists=False):
            return "a list of objects or lists cannot be written as a parameter"
        elif place == "path" and style not in ("simple", "label", "matrix"):
            return f"the style '{style}' cannot be written in a path"
        return None

    def _add(self, parameter: Node, name: str, place: str, shape: Shape) -> None:
        wanted = field_name(name)
        if any(known.name == wanted for known in self.found):
            wanted = f"{wanted}In{place.capitalize()}"
        schema = parameter.find("schema")
        target = self.documents.follow(schema) if schema is not None else parameter
        has_default = isinstance(target.value, dict) and "default" in target.value
        required = place == "path" or (parameter.is_true("required") and not has_default)
        self.found.append(
            Argument(
                name=self.names.take(wanted),
                wire=name,
                place=place,
                shape=shape,
                required=required,
                node=parameter,
                description=parameter.text("description") or target.text("description") or "",
                deprecated=parameter.is_true("deprecated"),
            )
        )

    def _refuse(self, parameter: Node, code: str, reason: str) -> None:
        place = self._at(parameter.text("name") or "")
        if parameter.is_true("required"):
            self.ok = False
            self.notes.skip(code, place, f"{reason}, and it is required: the operation is not imported")
        else:
            self.notes.lose(code, place, reason)

    def _at(self, name: str) -> str:
        return f"{self.operation} parameter '{name}'"


def _explodes(parameter: Node, style: str) -> bool:
    written = parameter.value.get("explode") if isinstance(parameter.value, dict) else None
    return written if isinstance(written, bool) else style in ("form", "deepObject")


def _is_flat(types: Types, shape: Shape, *, lists: bool = True) -> bool:
    if isinstance(shape, Listed):
        return lists and _is_flat(types, shape.item, lists=False)
    inner = innermost(shape)
    return not isinstance(inner, Named) or not isinstance(types.table.get(inner.key), ObjectType)
