"""Shapes → text of the mapping language: what an answer gives, what a request takes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from engine.resource.openapi.names import PLAIN
from engine.resource.openapi.shapes import (
    EnumType,
    Listed,
    Member,
    Named,
    ObjectType,
    Scalar,
    Shape,
    Stub,
    TypeTable,
    UnionType,
    innermost,
)

LINE = 96
_INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Selections:
    """`keys`: of the types that are filled by key, the field that is their key."""

    table: TypeTable
    keys: dict[str, Member]

    # -- answers -------------------------------------------------------------------------------------

    def of_answer(self, shape: Shape) -> str:
        """The selection of a call that answers with this."""
        block = self._block(shape, "")
        if block is not None:
            return block
        converted = self._converted(shape, "$")
        return "$" if converted == "$" else f"$({converted})"

    def _block(self, shape: Shape, indent: str) -> str | None:
        """The entries of an object, on lines of their own; None for what is no object."""
        inner = innermost(shape)
        declared = self._declared(inner)
        if isinstance(inner, Stub):
            key = self.keys[inner.key]
            return f"{indent}{key.name}: {_read(key.wire)}" if key.name != key.wire else f"{indent}{key.name}"
        if isinstance(declared, ObjectType):
            return "\n".join(self._entries(declared, indent))
        if isinstance(declared, UnionType):
            pairs = ",\n".join(self._pairs(declared, indent + _INDENT))
            return f"{indent}... {_read(declared.property)}->match(\n{pairs}\n{indent})"
        return None

    def _pairs(self, declared: UnionType, indent: str) -> Iterator[str]:
        for value, key in declared.options:
            member = self.table[key]
            assert isinstance(member, ObjectType), "unions are of objects"
            typename = f"{indent}{_INDENT}__typename: {_text(member.name)}"
            lines = "\n".join((typename, *self._entries(member, indent + _INDENT)))
            yield f"{indent}[{_text(value)}, {{\n{lines}\n{indent}}}]"

    def _entries(self, declared: ObjectType, indent: str) -> Iterator[str]:
        """Scalars share lines; objects have their own."""
        line = ""
        for member in declared.members:
            block = self._block(member.shape, indent + _INDENT)
            entry = self._entry(member, block, indent)
            if block is None and (not line or len(line) + len(entry) < LINE):
                line = f"{line} {entry}" if line else indent + entry
                continue
            if line:
                yield line
            line = indent + entry if block is None else ""
            if block is not None:
                yield indent + entry
        if line:
            yield line

    def _entry(self, member: Member, block: str | None, indent: str) -> str:
        mark = "" if member.required else "?"
        wire = f"{_read(member.wire)}{mark}"
        if block is not None:
            value = f"{wire} {{\n{block}\n{indent}}}"
        else:
            value = self._converted(member.shape, wire)
        return (
            value
            if value.startswith(wire) and member.name == member.wire and "->" not in value
            else f"{member.name}: {value}"
        )

    def _converted(self, shape: Shape, path: str) -> str:
        declared = self._declared(innermost(shape))
        if not isinstance(declared, EnumType) or not declared.renamed:
            return path
        pairs = [f"[{_text(value)}, {_text(name)}]" for name, value in declared.values if name != value]
        return _per_item(shape, path, f"match({', '.join(pairs)}, [@, @])")

    # -- requests ------------------------------------------------------------------------------------

    def of_request(self, shape: Shape, path: str, *, in_json: bool = True) -> str:
        """What is sent for the value at `path`, `$args.input?`. In JSON, integers have to be such."""
        if not self._differs(shape, in_json=in_json, seen=frozenset()):
            return path
        declared = self._declared(innermost(shape))
        if isinstance(declared, ObjectType):
            entries = " ".join(
                f"{_wire(member.wire)}: "
                + self.of_request(
                    member.shape, f"{member.name}{'' if member.required else '?'}", in_json=in_json
                )
                for member in declared.members
            )
            return f"{path} {{ {entries} }}"
        if isinstance(declared, EnumType):
            pairs = [f"[{_text(name)}, {_text(value)}]" for name, value in declared.values if name != value]
            return _per_item(shape, path, f"match({', '.join(pairs)}, [@, @])")
        return _per_item(shape, path, "parseInt")

    def _differs(self, shape: Shape, *, in_json: bool, seen: frozenset[str]) -> bool:
        """Whether anything of a value is sent otherwise than it comes."""
        inner = innermost(shape)
        if isinstance(inner, Scalar):
            return inner.whole and (in_json or inner.name == "Float")
        declared = self._declared(inner)
        if isinstance(declared, EnumType):
            return declared.renamed
        if not isinstance(declared, ObjectType) or inner.key in seen:
            return False
        return any(
            member.name != member.wire
            or self._differs(member.shape, in_json=in_json, seen=seen | {inner.key})
            for member in declared.members
        )

    def _declared(self, inner: Scalar | Named | Stub) -> ObjectType | EnumType | UnionType | None:
        return self.table.get(inner.key) if isinstance(inner, Named) else None


def _per_item(shape: Shape, path: str, method: str) -> str:
    """A method on a value, or on each item of a list of them."""
    if isinstance(shape, Listed):
        return f"{path}->map({_per_item(shape.item, '@', method)})"
    return f"{path}->{method}"


def _read(name: str) -> str:
    """A property of the answer; a quoted one alone would be a text."""
    return name if _wire(name) == name else f"$.{_wire(name)}"


def _wire(name: str) -> str:
    return name if PLAIN.fullmatch(name) and name not in ("true", "false", "null") else _text(name)


def _text(value: str) -> str:
    """A string of the mapping language; its escapes are JSON's."""
    return json.dumps(value, ensure_ascii=False)
