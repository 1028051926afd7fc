"""Links of responses → fields that need fields: `$response.body#/owner/login` becomes `$this.owner.login`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.resource.openapi.names import Names, field_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.operations import Operation
from engine.resource.openapi.references import Documents, Node
from engine.resource.openapi.shapes import Listed, Named, ObjectType, Scalar, Shape, TypeTable, innermost

_BODY = "$response.body#/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A field of the type `owner` (a key of the table) that calls `target` with what its object holds."""

    owner: str
    name: str
    target: Operation
    given: Mapping[str, str]  # by the target's arguments: $this.…, or a text


@dataclass(slots=True, kw_only=True)
class Links:
    documents: Documents
    table: TypeTable
    notes: Notes
    operations: tuple[Operation, ...]
    found: list[Link] = field(default_factory=list[Link])
    _seen: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])

    def read(self) -> None:
        names: dict[str, Names] = {}
        for operation in self.operations:
            links = (
                self.documents.get(operation.response, "links") if operation.response is not None else None
            )
            for name, written in links.members() if links is not None else ():
                self._read(operation, name, self.documents.follow(written), names)

    def _read(self, operation: Operation, name: str, link: Node, names: dict[str, Names]) -> None:
        place = f"{operation.label} link '{name}'"
        inner = innermost(operation.answer) if operation.answer is not None else None
        owner = self.table.get(inner.key) if isinstance(inner, Named) else None
        if not isinstance(inner, Named) or not isinstance(owner, ObjectType):
            return self.notes.lose(
                "LINK_UNMAPPABLE", place, "its answer is no object that could have a field"
            )
        target = self._target(link)
        if target is None or target.root != "Query":
            reason = (
                "no operation of that name is imported"
                if target is None
                else "it leads to a change, not to data"
            )
            return self.notes.lose("LINK_UNMAPPABLE", place, reason)
        given = self._given(link, owner, target, place)
        if given is None or (inner.key, name, target.name) in self._seen:
            return None
        self._seen.add((inner.key, name, target.name))
        taken = names.setdefault(inner.key, Names())
        if not taken.taken:
            for member in owner.members:
                taken.take(member.name)
        self.found.append(
            Link(owner=inner.key, name=taken.take(field_name(name)), target=target, given=given)
        )
        return None

    def _target(self, link: Node) -> Operation | None:
        wanted, reference = link.text("operationId"), link.text("operationRef")
        if wanted is not None:
            return next((each for each in self.operations if each.node.text("operationId") == wanted), None)
        if reference is None:
            return None
        at = self.documents.follow(Node(value={"$ref": reference}, file=link.file, pointer=link.pointer))
        return next((each for each in self.operations if each.node.place == at.place), None)

    def _given(self, link: Node, owner: ObjectType, target: Operation, place: str) -> dict[str, str] | None:
        """By argument, where its value comes from; None where one that is needed has no way (noted)."""
        given: dict[str, str] = {}
        written = link.find("parameters")
        for name, value in written.members() if written is not None else ():
            argument = next((a for a in target.arguments if name in (a.wire, f"{a.place}.{a.wire}")), None)
            source = self._source(value.value, owner)
            if argument is None or source is None:
                reason = (
                    f"'{name}' is no parameter of it"
                    if argument is None
                    else f"'{value.value}' is in no field"
                )
                self.notes.lose("LINK_UNMAPPABLE", place, reason)
                return None
            given[argument.name] = source
        if link.find("requestBody") is not None or not given:
            self.notes.lose("LINK_UNMAPPABLE", place, "it takes nothing from the answer, or a whole body")
            return None
        return given

    def _source(self, value: object, owner: ObjectType) -> str | None:
        text = str(value)
        if not text.startswith("$"):
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        if not text.startswith(_BODY):
            return None
        names = list(self._path(text.removeprefix(_BODY).split("/"), owner))
        return f"$this.{'.'.join(names)}" if names and "" not in names else None

    def _path(self, steps: list[str], owner: ObjectType) -> Iterator[str]:
        """The names of our fields for a path in the answer; an empty one where there is none."""
        at: ObjectType | None = owner
        for index, step in enumerate(steps):
            wire = step.replace("~1", "/").replace("~0", "~")
            member = (
                next((each for each in at.members if each.wire == wire), None) if at is not None else None
            )
            if member is None or isinstance(member.shape, Listed):
                yield ""
                return
            yield member.name
            at = self._object(member.shape)
            if index == len(steps) - 1 and not isinstance(member.shape, Scalar) and at is not None:
                yield ""  # an object is no parameter

    def _object(self, shape: Shape) -> ObjectType | None:
        declared = self.table.get(shape.key) if isinstance(shape, Named) else None
        return declared if isinstance(declared, ObjectType) else None
