"""Shapes from syntax: what a mapping gives, and how many copies of its input that may hold."""

from dataclasses import dataclass, replace

from engine.resource.mapping.methods import METHODS
from engine.resource.mapping.nodes import (
    CURRENT,
    SUBJECT,
    Bind,
    Call,
    Entry,
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
from engine.resource.mapping.shape import (
    ANY,
    FieldShape,
    Kind,
    Leaf,
    ObjectShape,
    Shape,
    TooManyAlternatives,
    alternatives,
    extend,
    field_of,
    merge,
    one_of,
)
from engine.resource.mapping.source import Source
from engine.resource.mapping.values import kind_of

MAX_COPIES = 100_000  # of the input in the output: `->echo([@, @])` written 20 times would make a million

KINDS: dict[str, Kind] = {"string": "string", "number": "number", "boolean": "boolean", "null": "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a value: its shape, and the copies of the input it may hold."""

    shape: Shape = ANY
    copies: int = 1


def infer(node: Node, source: Source) -> Shape:
    """The shape of a mapping's output. Raises MappingSyntaxError where it cannot be one."""
    return _Inference(source).of(node, {}).shape


class _Inference:
    def __init__(self, source: Source) -> None:
        self.source = source

    def of(self, node: Node, names: dict[str, Known]) -> Known:
        known = self._of(node, names)
        if known.copies > MAX_COPIES:
            raise self.source.error(f"gives more than {MAX_COPIES:,} copies of its input", node.at)
        return known

    def _of(self, node: Node, names: dict[str, Known]) -> Known:
        match node:
            case Literal(value=value):
                return Known(shape=Leaf(kind=KINDS[kind_of(value)], literal=value))
            case Read(name=name):
                return names.get(name, Known())
            case ListLiteral(items=items):
                known = [self.of(item, names) for item in items]
                return Known(shape=one_of(k.shape for k in known), copies=sum(k.copies for k in known) or 1)
            case Fallback(operands=operands):
                return self._fallback([self.of(operand, names) for operand in operands])
            case Fields():
                return self._fields(node, names)
            case Path():
                return self._path(node, names)

    def _fallback(self, known: list[Known]) -> Known:
        """A literal null before the last operand is never the result."""
        *tries, last = (alternatives(each.shape) for each in known)
        shapes = [shape for each in tries for shape in each if shape != Leaf(kind="null", literal=None)]
        return Known(shape=one_of((*shapes, *last)), copies=max(each.copies for each in known))

    # -- objects -----------------------------------------------------------------------------------

    def _fields(self, node: Fields, names: dict[str, Known]) -> Known:
        shape: Shape = ObjectShape(fields={})
        fields: dict[str, FieldShape] = {}
        copies = 0
        for entry in node.entries:
            known = self.of(entry.value, names)
            copies += known.copies
            if entry.key is None:
                shape = self._merged(extend(shape, fields), entry, known.shape)
                fields = {}
            else:
                line, column = self.source.place(entry.at)
                fields[entry.key] = FieldShape(
                    shape=known.shape, line=line, column=column, optional=entry.optional
                )
        return Known(shape=extend(shape, fields), copies=max(1, copies))

    def _merged(self, shape: Shape, entry: Entry, value: Shape) -> Shape:
        known = (isinstance(each, ObjectShape) or _is_null(each) for each in alternatives(value))
        if not all(known):
            raise self.source.error("the keys of what is merged in are unknown; end it with { … }", entry.at)
        if not entry.explicit:
            value = one_of(each for each in alternatives(value) if not _is_null(each))
        try:
            return merge(shape, value)
        except TooManyAlternatives:
            raise self.source.error("this object has too many alternative forms", entry.at) from None

    # -- paths -------------------------------------------------------------------------------------

    def _path(self, node: Path, names: dict[str, Known]) -> Known:
        known = self.of(node.head, names)
        for step in node.steps:
            match step:
                case Key(name=name):
                    known = replace(known, shape=field_of(known.shape, name))
                case Guard():
                    pass
                case Bind(name=name, value=value):
                    bound = known if value is None else self.of(value, {**names, SUBJECT: known})
                    names = {**names, name: bound}
                case Call():
                    known = self._call(step, known, names)
        if node.fields is None:
            return known
        return self.of(node.fields, {**names, CURRENT: known, SUBJECT: known})

    def _call(self, call: Call, subject: Known, names: dict[str, Known]) -> Known:
        method = METHODS[call.method]
        args = [self.of(arg, {**names, SUBJECT: subject}) for arg in call.args]
        outputs = args[method.outputs]
        copies = max((each.copies for each in outputs), default=subject.copies)
        return Known(shape=method.shape(subject.shape, tuple(each.shape for each in args)), copies=copies)


def _is_null(shape: Shape) -> bool:
    return isinstance(shape, Leaf) and shape.kind == "null"
