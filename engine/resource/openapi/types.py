"""Schemas → shapes and a table of types, each schema once."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.resource.openapi.names import Names, enum_names, field_name, type_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.references import Documents, Node
from engine.resource.openapi.schemas import Flat, Flattening
from engine.resource.openapi.shapes import (
    JSON,
    STRING,
    Direction,
    EnumType,
    Listed,
    Member,
    Named,
    ObjectType,
    Scalar,
    Shape,
    TypeTable,
    UnionType,
)

MAX_TYPES = 20_000
MAX_TITLE_WORDS = 3
MAX_INT = 2**31 - 1
_SCALARS = {"string": STRING, "number": Scalar(name="Float"), "boolean": Scalar(name="Boolean")}
_UNION_NEEDS = 2


@dataclass(slots=True, kw_only=True)
class Types:
    """Makes shapes of schemas; `finish` fills the types that were met."""

    documents: Documents
    names: Names
    notes: Notes
    table: TypeTable = field(default_factory=dict[str, ObjectType | EnumType | UnionType])
    _shapes: dict[tuple[Direction, str], Shape] = field(default_factory=dict[tuple[Direction, str], Shape])
    _active: set[str] = field(default_factory=set[str])
    _waiting: deque[Callable[[], None]] = field(default_factory=deque[Callable[[], None]])
    _components: dict[str, str] = field(default_factory=dict[str, str])
    flattening: Flattening = field(init=False)

    def __post_init__(self) -> None:
        self.flattening = Flattening(self.documents)
        components = self.documents.get(self.documents.root, "components")
        schemas = self.documents.get(components, "schemas") if components is not None else None
        for name, node in schemas.members() if schemas is not None else ():
            self._components[node.place] = type_name(name)

    def shape(self, node: Node, hint: str, direction: Direction, *, wire: str = "") -> Shape:
        """The shape of a schema; `hint` names its type where it has no name, `wire` is the property's."""
        target = self.documents.follow(node)
        key = (direction, target.place)
        if key not in self._shapes:
            if target.place in self._active:
                return JSON  # an alias of itself: a list of lists of …
            self._active.add(target.place)
            shape = self._shape(target, hint, direction, wire)
            self._active.discard(target.place)
            self._shapes[key] = shape
        shape = self._shapes[key]
        return _as_id(shape, wire) if isinstance(shape, Scalar) else shape

    def finish(self) -> None:
        """Fill the types met so far, and those they meet."""
        while self._waiting:
            self._waiting.popleft()()

    # -- one schema ----------------------------------------------------------------------------------

    def _shape(self, node: Node, hint: str, direction: Direction, wire: str) -> Shape:
        only = self.flattening.only_alternative(node)
        if only is not None:
            return self.shape(only, hint, direction, wire=wire)
        flat = self.flattening.flatten(node)
        hint = self._name_of(node) or _title_of(node) or hint
        if flat.values is not None and (enum := self._enum(flat, hint)) is not None:
            return enum
        self._add_implied_options(flat)
        if flat.options:
            return self._alternatives(flat, hint, direction)
        if flat.properties:
            return self._object(flat, hint, direction)
        return self._plain(flat, hint, direction)

    def _plain(self, flat: Flat, hint: str, direction: Direction) -> Shape:
        kinds = flat.kinds or ({"array"} if flat.items is not None else set[str]())
        if len(kinds) > 1:
            if kinds == {"integer", "number"}:
                return _SCALARS["number"]
            self.notes.change("TYPE_SEVERAL", flat.node.place, f"{' or '.join(sorted(kinds))}: given as JSON")
            return JSON
        kind = next(iter(kinds), "")
        if kind == "array":
            return Listed(item=self.shape(flat.items, f"{hint}Item", direction) if flat.items else JSON)
        if kind == "integer":
            large = flat.format in ("int64", "uint64") or (flat.maximum or 0) > MAX_INT
            return Scalar(name="Float", whole=True) if large else Scalar(name="Int")
        if kind == "string" and flat.format == "date-time" and direction is Direction.OUTPUT:
            return Scalar(name="DateTime")
        return _SCALARS.get(kind, JSON)

    def _enum(self, flat: Flat, hint: str) -> Shape | None:
        """None where the values are no texts: they are then as their type says."""
        key = f"ENUM {flat.node.place}"
        values = [value for value in dict.fromkeys(map(_hashable, flat.values or [])) if value is not None]
        if not values or not all(isinstance(value, str) for value in values):
            kinds = {_kind_of(value) for value in values}
            if values and not flat.kinds and len(kinds) == 1:
                flat.kinds |= kinds
            if values and kinds != {"boolean"}:
                self.notes.change(
                    "ENUM_NOT_TEXT", flat.node.place, "values that are no texts keep their type"
                )
            return None
        if key not in self.table:
            texts = [str(value) for value in values]
            self.table[key] = EnumType(
                name=self.names.take(hint), values=tuple(enum_names(texts)), description=flat.description
            )
        return Named(key=key)

    # -- objects -------------------------------------------------------------------------------------

    def _object(self, flat: Flat, hint: str, direction: Direction) -> Shape:
        key = f"{direction} {flat.node.place}"
        if key not in self.table:
            is_input = direction is Direction.INPUT
            name = hint if not is_input or hint.endswith("Input") else f"{hint}Input"
            made = ObjectType(name=self.names.take(name), description=flat.description)
            self.table[key] = made
            self._waiting.append(lambda: self._fill(key, made, flat, direction))
            if flat.has_more:
                self.notes.lose(
                    "PROPERTIES_OPEN", flat.node.place, "properties beside the listed ones are left out"
                )
        return Named(key=key)

    def _fill(self, key: str, made: ObjectType, flat: Flat, direction: Direction) -> None:
        names = Names()
        for wire, nodes in flat.properties.items():
            target = self.documents.follow(nodes[0])
            hidden = "writeOnly" if direction is Direction.OUTPUT else "readOnly"
            if target.is_true(hidden) or nodes[0].is_true(hidden):
                continue
            hint = made.name.removesuffix("Input") + type_name(wire)
            shapes = [self.shape(node, hint, direction, wire=wire) for node in nodes]
            required = wire in flat.required
            if direction is Direction.INPUT:
                required = required and not _has_default(target) and not self.flattening.is_nullable(target)
            made.members.append(
                Member(
                    name=names.take(field_name(wire)),
                    wire=wire,
                    shape=self._combined(shapes, f"{flat.node.place}/properties/{wire}"),
                    required=required,
                    description=nodes[0].text("description") or target.text("description") or "",
                    deprecated=target.is_true("deprecated") or nodes[0].is_true("deprecated"),
                )
            )
        if not made.members:
            del self.table[key]  # what has no fields is given as JSON

    def _combined(self, shapes: list[Shape], place: str) -> Shape:
        """One shape for what alternatives say differently."""
        if all(shape == shapes[0] for shape in shapes):
            return shapes[0]
        texts = [
            isinstance(self.table.get(each.key), EnumType) if isinstance(each, Named) else each == STRING
            for each in shapes
        ]
        names = {each.name for each in shapes if isinstance(each, Scalar)}
        if all(texts):
            return STRING
        if all(isinstance(each, Scalar) for each in shapes) and names <= {"Int", "Float"}:
            return Scalar(name="Float")
        self.notes.change("TYPE_SEVERAL", place, "alternatives give it different types: given as JSON")
        return JSON

    # -- alternatives --------------------------------------------------------------------------------

    def _alternatives(self, flat: Flat, hint: str, direction: Direction) -> Shape:
        options = [self.flattening.flatten(option) for option in flat.options]
        if all(option.is_object or option.options for option in options):
            union = self._union(flat, hint, direction) if direction is Direction.OUTPUT else None
            if union is not None:
                return union
            if direction is Direction.INPUT:
                self.notes.change(
                    "INPUT_UNION", flat.node.place, "GraphQL has no unions of inputs: takes JSON"
                )
                return JSON
            self.flattening.merge_options(flat)
            self.notes.change(
                "ONE_OF_MERGED",
                flat.node.place,
                "nothing tells the alternatives apart: one type has their fields",
            )
            return self._object(flat, hint, direction) if flat.properties else JSON
        shapes = [self.shape(each, f"{hint}{n}", direction) for n, each in enumerate(flat.options, 1)]
        return self._combined(shapes, flat.node.place)

    def _union(self, flat: Flat, hint: str, direction: Direction) -> Shape | None:
        """A union where a discriminator tells the alternatives apart."""
        key = f"UNION {flat.node.place}"
        if key in self.table:
            return Named(key=key)
        told_by = flat.discriminator.text("propertyName") if flat.discriminator is not None else None
        if told_by is None or len(flat.options) < _UNION_NEEDS:
            return None
        options: list[tuple[str, str]] = []
        for option in flat.options:
            target = self.documents.follow(option)
            shape = self.shape(option, type_name(_last_step(target)), direction)
            if not isinstance(shape, Named) or not isinstance(self.table.get(shape.key), ObjectType):
                return None
            options += [(value, shape.key) for value in self._values_of(flat, target)]
        made = UnionType(
            name=self.names.take(hint), property=told_by, options=tuple(options), description=flat.description
        )
        self.table[key] = made
        return Named(key=key)

    def _values_of(self, flat: Flat, target: Node) -> list[str]:
        """What the discriminator says for a schema: as mapped, else the schema's name."""
        mapping = flat.discriminator.find("mapping") if flat.discriminator is not None else None
        values = [
            value
            for value, node in (mapping.members() if mapping is not None else ())
            if self._mapped(node) == target.place
        ]
        return values or [_last_step(target)]

    def _mapped(self, node: Node) -> str | None:
        written = str(node.value)
        reference = (
            written
            if "#" in written or "/" in written or "." in written
            else f"#/components/schemas/{written}"
        )
        at = Node(value={"$ref": reference}, file=node.file, pointer=node.pointer)
        return self.documents.follow(at).place

    def _add_implied_options(self, flat: Flat) -> None:
        """A discriminator without alternatives means every schema that builds on this one by allOf."""
        if flat.discriminator is None or flat.options:
            return
        root = self.documents.root
        components = self.documents.get(root, "components")
        schemas = self.documents.get(components, "schemas") if components is not None else None
        found: list[Node] = []
        for _, node in schemas.members() if schemas is not None else ():
            parts = node.find("allOf")
            inherited = [
                self.documents.follow(part).place for part in (parts.items() if parts is not None else ())
            ]
            if flat.node.place in inherited:
                found.append(node)
        flat.options = found if len(found) >= _UNION_NEEDS else []

    def _name_of(self, node: Node) -> str | None:
        known = self._components.get(node.place)
        return known or (type_name(_last_step(node).partition(".")[0]) if not node.pointer else None)


def _as_id(shape: Scalar, wire: str) -> Scalar:
    """Texts and integers called an id are IDs."""
    if wire.lower() == "id" or wire.endswith(("_id", "Id", "ID", "-id")):
        if shape.name == "Int" or shape.whole:
            return Scalar(name="ID", whole=True)
        if shape.name == "String":
            return Scalar(name="ID")
    return shape


def _title_of(node: Node) -> str | None:
    """A title that is a name, `Simple User`, and no sentence."""
    title = node.text("title") or ""
    return type_name(title) if 0 < len(title.split()) <= MAX_TITLE_WORDS and title[0].isalpha() else None


def _last_step(node: Node) -> str:
    step = node.pointer.rpartition("/")[2] or node.file.rpartition("/")[2]
    return step.replace("~1", "/").replace("~0", "~")


def _has_default(node: Node) -> bool:
    return isinstance(node.value, dict) and "default" in node.value


def _hashable(value: object) -> object:
    return str(value) if isinstance(value, dict | list) else value


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "string"
