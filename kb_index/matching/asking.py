"""What to ask next: the unknown dimension whose answer would decide best among rules that may still win."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kb_index.matching.columns import Column
from kb_index.matching.predicates import Predicate
from kb_index.matching.rules import Condition
from kb_index.matching.slots import Slots, count, count_both, meet, slots_of, union

MAX_CHOICES = 100  # nobody is asked to choose among more; such a dimension is a number of something
FEW = 100  # conditions in play that are laid out anew: so few ask for few values, whatever all rules ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`options`: what the conditions in play ask of the dimension; none where any value would do."""

    dimension: str
    options: tuple[Predicate, ...]


def choose_question(
    possible: Slots, columns: Mapping[str, Column], known: Collection[str]
) -> Question | None:
    """The dimension of which even the least telling answer leaves the fewest conditions; ties by name."""
    total = count(possible)
    asking = {
        name: count_both(possible, column.named)
        for name, column in columns.items()
        if name not in known and column.width <= MAX_CHOICES
    }
    least = {  # left whatever the answer: those that do not ask, and an even share of the others
        name: total - number + number // max(columns[name].width, 1)
        for name, number in asking.items()
        if number
    }
    best: tuple[int, str] | None = None
    for name in sorted(least, key=least.__getitem__):
        bound = total if best is None else best[0]
        left = _left(possible, columns[name], silent=total - asking[name], bound=bound)
        if left is not None and (best is None or (left, name) < best):
            best = (left, name)
    if best is None:
        return None
    options = [what for what, _, slots in columns[best[1]].choices() if meet(possible, slots)]
    return Question(dimension=best[1], options=tuple(options))


def lay_out(conditions: Sequence[Condition]) -> tuple[Slots, dict[str, Column]]:
    """Columns of these conditions alone, numbered as they stand."""
    columns: dict[str, Column] = {}
    for slot, condition in enumerate(conditions):
        for name, predicate in condition.asks:
            columns.setdefault(name, Column()).add(predicate, slot)
    return slots_of(range(len(conditions))), columns


def _left(possible: Slots, column: Column, *, silent: int, bound: int) -> int | None:
    """How many conditions the least telling answer leaves; None once it is more than `bound`."""
    most = -1
    for _, key, slots in column.choices():
        number = count_both(possible, slots)
        if number and not column.is_plain:  # other things that are asked may hold for this answer too
            number = count_both(possible, union(column.holding(key)))
        most = max(most, number or -1)
        if silent + most > bound:
            return None
    return silent + most if most >= 0 else count_both(possible, column.named) + silent
