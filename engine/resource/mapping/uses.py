"""Which variables a mapping reads, down to the longest path known from its text."""

from dataclasses import dataclass

from engine.resource.mapping.nodes import (
    CURRENT,
    SUBJECT,
    Bind,
    Call,
    Fallback,
    Fields,
    Guard,
    Key,
    ListLiteral,
    Literal,
    Node,
    Path,
    Read,
)
from engine.resource.mapping.source import Source

ANSWER = ""  # the origin of values that come from the mapping's input


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableUse:
    """One reading of a variable; a path of () means the whole of it."""

    name: str
    path: tuple[str, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value comes from: a variable's name (or the answer) and the keys below it."""

    name: str
    path: tuple[str, ...]
    at: int


def find_uses(node: Node, source: Source) -> tuple[tuple[VariableUse, ...], bool]:
    """The variables read, in written order and each once, and whether the input is read at all."""
    finder = _Finder()
    answer = Origin(name=ANSWER, path=(), at=0)
    finder.visit(node, {CURRENT: answer, SUBJECT: answer})
    uses: dict[tuple[str, tuple[str, ...]], VariableUse] = {}
    for origin in sorted(finder.found, key=lambda origin: origin.at):
        if origin.name != ANSWER:
            line, column = source.place(origin.at)
            use = VariableUse(name=origin.name, path=origin.path, line=line, column=column)
            uses.setdefault((origin.name, origin.path), use)
    return tuple(uses.values()), any(origin.name == ANSWER for origin in finder.found)


class _Finder:
    """Follows each value from where it is read to where it is used up."""

    def __init__(self) -> None:
        self.found: list[Origin] = []

    def visit(self, node: Node, names: dict[str, Origin | None]) -> None:
        """A node whose value is used as a whole."""
        match node:
            case Literal():
                pass
            case ListLiteral(items=nodes) | Fallback(operands=nodes):
                for each in nodes:
                    self.visit(each, names)
            case Fields(entries=entries):
                for entry in entries:
                    self.visit(entry.value, names)
            case Read() | Path():
                self.use(self.origin(node, names))

    def use(self, origin: Origin | None) -> None:
        if origin is not None:
            self.found.append(origin)

    def origin(self, node: Node, names: dict[str, Origin | None]) -> Origin | None:
        """Where a node's value comes from; what it uses up on the way is recorded."""
        match node:
            case Read(name=name, at=at):
                return names[name] if name in names else Origin(name=name, path=(), at=at)
            case Path():
                return self._path(node, names)
            case _:
                self.visit(node, names)
                return None

    def _path(self, node: Path, names: dict[str, Origin | None]) -> Origin | None:
        origin = self.origin(node.head, names)
        for step in node.steps:
            match step:
                case Key(name=name):
                    origin = origin and Origin(name=origin.name, path=(*origin.path, name), at=origin.at)
                case Guard():
                    pass
                case Bind(name=name, value=value):
                    bound = origin if value is None else self.origin(value, {**names, SUBJECT: origin})
                    names = {**names, name: bound}
                case Call():
                    origin = self._call(step, origin, names)
        if node.fields is None:
            return origin
        self.visit(node.fields, {**names, CURRENT: origin, SUBJECT: origin})
        if not node.fields.entries:
            self.use(origin)
        return None

    def _call(self, call: Call, subject: Origin | None, names: dict[str, Origin | None]) -> Origin | None:
        """A method uses its subject up, and so do its arguments with what they read; `echo` hands on."""
        if call.method == "echo":
            return self.origin(call.args[0], {**names, SUBJECT: subject})
        self.use(subject)
        for arg in call.args:
            self.visit(arg, {**names, SUBJECT: None})
        return None
