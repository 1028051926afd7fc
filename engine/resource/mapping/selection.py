"""A parsed mapping: what it reads, what it gives, and how to run it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from engine.resource.mapping.compile import Compiler, KnownMembers, Needs
from engine.resource.mapping.errors import MappingSyntaxError
from engine.resource.mapping.generate import REFUSED, generate_list, generate_plain
from engine.resource.mapping.infer import infer
from engine.resource.mapping.issues import Issues
from engine.resource.mapping.nodes import CURRENT, SUBJECT, Bind, Fields, Key, Node, Path, Read, children
from engine.resource.mapping.parser import parse_expression, parse_root
from engine.resource.mapping.run import Run
from engine.resource.mapping.shape import ObjectShape, Shape, alternatives
from engine.resource.mapping.source import Source
from engine.resource.mapping.uses import VariableUse, find_uses
from engine.resource.mapping.values import MISSING, Json, settle

Mapper: TypeAlias = Callable[[object, Mapping[str, object], Issues], object]
"""Maps a JSON value, given the variables by name (`$args` …). Never raises for JSON, never changes it."""

ListMapper: TypeAlias = Callable[[list[object], Mapping[str, object]], list[object]]
"""Maps every item of a list as a `Mapper` maps it alone; what it notes is dropped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One mapping. `reads_input`: whether it reads the value it is applied to (`$`, `@`, bare fields)."""

    text: str
    variables: tuple[VariableUse, ...]
    shape: Shape
    reads_input: bool
    root: Node
    _known: KnownMembers = field(default_factory=dict, init=False, repr=False, compare=False)

    def compile(self, needs: Needs | None = None, *, omit_missing: bool = False) -> Mapper:
        """The mapping as a function; only the output keys in `needs` are made, all for None.

        Keys whose value is missing are null, or left out with `omit_missing`. Keys of a merged-in object
        (`...`) are there only if the alternative that was chosen has them.
        """
        compiler = Compiler(omit_missing=omit_missing, known=self._known)
        step, plain = compiler.top(self.root, needs), None
        if isinstance(self.root, Fields) and not omit_missing:
            plain = generate_plain(compiler.maker(self.root, needs, "").members)

        def apply(value: object, variables: Mapping[str, object], issues: Issues) -> object:
            if plain is not None and type(value) is dict:
                try:
                    return plain(value)  # most answers: nothing of a run is needed to read keys
                except REFUSED:
                    pass
            at = cast("Json", value)  # by contract JSON, as are the variables
            run = Run(cast("Mapping[str, Json]", variables), issues)
            return settle(step(at, at, run))

        return apply

    def compile_each(self, needs: Needs | None = None) -> ListMapper:
        """The mapping of every item of a list, in one loop where it only reads keys and they are there."""
        one, all_at_once = self.compile(needs), None
        if isinstance(self.root, Fields):
            maker = Compiler(omit_missing=False, known=self._known).maker(self.root, needs, "")
            all_at_once = generate_list(maker.members)

        def apply(items: list[object], variables: Mapping[str, object]) -> list[object]:
            made = MISSING if all_at_once is None else all_at_once(items)
            if isinstance(made, list):
                return cast("list[object]", made)
            return [one(item, variables, Issues()) for item in items]

        return apply

    def plain_variable(self) -> tuple[str, ...] | None:
        """The name and keys of the variable that this is, if it is nothing more: `$args.id`."""
        match self.root:
            case Path(head=Read(name=name), steps=steps, fields=None) if name not in (CURRENT, SUBJECT):
                keys = tuple(step.name for step in steps if isinstance(step, Key))
                return (name, *keys) if len(keys) == len(steps) else None
            case _:
                return None

    def split_items(self) -> tuple[Mapper, "Selection"]:
        """For batches: a mapper from the answer to its raw items, and the selection of one item.

        The items mapper gives whatever is there, a list or not. Raises MappingSyntaxError if a name bound
        with ->as on the way to the items is used in them.
        """
        here = Read(name=CURRENT, at=0)
        match self.root:
            case Fields():
                return replace(self, root=here).compile(), self
            case Path(fields=Fields() as fields):
                self._refuse_bound(self.root, fields)
                items = replace(self, root=replace(self.root, fields=None))
                return items.compile(), replace(self, root=fields)
            case _:
                return self.compile(), replace(self, root=here, variables=())

    def _refuse_bound(self, path: Path, fields: Fields) -> None:
        bound = {step.name for step in path.steps if isinstance(step, Bind)}
        nodes: list[Node] = [fields]
        while nodes:
            node = nodes.pop()
            if isinstance(node, Read) and node.name in bound:
                line, column = Source(text=self.text).place(node.at)
                message = f"items of a batch cannot use {node.name}, bound outside of them"
                raise MappingSyntaxError(message, line=line, column=column)
            nodes.extend(children(node))


def parse_selection(text: str) -> Selection:
    """A whole mapping: `selection`, `body`, `isSuccess`, `errors`. Raises MappingSyntaxError."""
    source = Source(text=text)
    return _selection(parse_root(source), source)


def parse_path(text: str, *, line: int = 1, column: int = 1) -> Selection:
    """One expression as in the braces of a template: it gives a scalar and reads nothing but variables.

    `line` and `column` say where its first character stands in the text it is part of.
    """
    source = Source(text=text, line=line, column=column)
    selection = _selection(parse_expression(source), source)
    if selection.reads_input:
        raise source.error("a template has no answer to read; start with a variable such as $args.id", 0)
    if any(isinstance(shape, ObjectShape) for shape in alternatives(selection.shape)):
        raise source.error("a template takes a scalar, not an object", 0)
    return selection


def _selection(root: Node, source: Source) -> Selection:
    variables, reads_input = find_uses(root, source)
    return Selection(
        text=source.text,
        variables=variables,
        shape=infer(root, source),
        reads_input=reads_input,
        root=root,
    )
