"""What another graph would do to an operation: refuse it, or give its client something else than before."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from graphql import GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, get_named_type

from engine.resource.model import Registry
from resolvers.operations.ports import Judge, OperationForm
from resolvers.resources.changes import SchemaChange, changes_between
from resolvers.resources.touched import access_differs

RESHAPED = "FIELD_CHANGED_KIND"  # of an output field: another type, or may now be null
WIDENED = ("VALUE_ADDED_TO_ENUM", "TYPE_ADDED_TO_UNION")  # clients may meet what they do not know
OTHER_DEFAULT = "ARG_DEFAULT_VALUE_CHANGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """`breaks`: the operation fails, or its client cannot rely on what it relied on; else it may matter."""

    coordinate: str
    message: str
    breaks: bool


class Comparison:
    """Two graphs, compared once for many operations. CPU-bound: a millisecond or two for each."""

    def __init__(self, current: Registry, proposed: Registry, judging: Callable[[Registry], Judge]) -> None:
        self._current = current
        self._proposed = proposed
        self._now = judging(current)
        self._then = judging(proposed)
        self._changes = changes_between(current, proposed)

    def breakages(self, form: OperationForm, *, touched: Collection[str]) -> list[Breakage]:
        """One a coordinate, what breaks first. `touched`: the fields that differ at all."""
        used = sorted(form.fields.intersection(touched))
        found: dict[str, Breakage] = {}
        for breakage in (*self._refused(form, used), *self._changed(form), *self._guarded(used)):
            found.setdefault(breakage.coordinate, breakage)
        return list(found.values())

    def _refused(self, form: OperationForm, used: Collection[str]) -> Iterator[Breakage]:
        refusals = self._then.refusals(form.text)
        if not refusals:
            return
        known = frozenset(self._now.refusals(form.text))
        for message in refusals:
            if message not in known:
                yield Breakage(coordinate=_meant(message, used), message=message, breaks=True)

    def _changed(self, form: OperationForm) -> Iterator[Breakage]:
        """Of an operation that still runs: what its variables or its answer can no longer be."""
        answers = {self._answer_of(coordinate) for coordinate in form.fields}
        relying = _Relying(fields=form.fields, inputs=self._inputs(form), answers=frozenset(answers))
        for breaks in (True, False):
            for change in self._changes:
                if relying.is_hurt_by(change) is breaks:
                    yield Breakage(coordinate=change.coordinate, message=change.message, breaks=breaks)

    def _guarded(self, used: Collection[str]) -> Iterator[Breakage]:
        for coordinate in used:
            if access_differs(self._current, self._proposed, coordinate):
                message = f"who may have {coordinate} changes"
                yield Breakage(coordinate=coordinate, message=message, breaks=False)

    def _inputs(self, form: OperationForm) -> frozenset[str]:
        """The types of its variables, and those within them, at any depth."""
        found, left = set[str](), [*form.inputs]
        while left:
            name = left.pop()
            if name in found:
                continue
            found.add(name)
            defined = self._current.schema.get_type(name)
            if isinstance(defined, GraphQLInputObjectType):
                left += [get_named_type(one.type).name for one in defined.fields.values()]
        return frozenset(found)

    def _answer_of(self, coordinate: str) -> str | None:
        owner, _, name = coordinate.partition(".")
        defined = self._current.schema.get_type(owner)
        fields = defined.fields if isinstance(defined, GraphQLObjectType | GraphQLInterfaceType) else {}
        return get_named_type(fields[name].type).name if name in fields else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relying:
    """What an operation relies on: its fields, the types of what it is given and of what it gives."""

    fields: Collection[str]
    inputs: Collection[str]
    answers: Collection[str | None]

    def is_hurt_by(self, change: SchemaChange) -> bool | None:
        """True where it breaks, False where it may matter; None: it has nothing to do with the change."""
        field = change.coordinate.partition("(")[0]
        owner = field.partition(".")[0]
        if (change.breaking and owner in self.inputs) or (change.kind == RESHAPED and field in self.fields):
            return True
        if change.kind in WIDENED and owner in self.answers:
            return False
        return False if change.kind == OTHER_DEFAULT and field in self.fields else None


def _meant(message: str, used: Collection[str]) -> str:
    """The coordinate that a refusal is about: its sentence quotes the field, the type or both."""
    named = [one for one in used if f"'{one.partition('.')[2]}'" in message or f"'{one}'" in message]
    exact = [one for one in named if f"'{one.partition('.')[0]}'" in message or f"'{one}'" in message]
    return next(iter([*exact, *named, *used]), "")
