"""The comprehensions: walk a list once, the item in its slot of the Work. Linear, whatever the body gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.expr.faults import ExprFault
from engine.expr.values import Value, Work, as_list, as_map, check_items, kind_name

Step = Callable[[Work], Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """`over` gives the list, `body` is asked per item at a cost of `units`; `condition` is that of `map`."""

    over: Step
    units: int
    slot: int
    body: Step
    condition: Step | None = None

    def list_of(self, work: Work) -> list[Value]:
        value = self.over(work)
        if type(value) is dict:
            items: list[Value] = list(as_map(value))
        elif type(value) is list:
            items = as_list(value)
        else:
            raise ExprFault(f"a list was to be walked, {kind_name(value)} was given")
        check_items(items, work)
        work.spend(self.units * len(items))
        return items


def want_bool(value: Value) -> bool:
    if type(value) is not bool:
        raise ExprFault(f"a condition gave {kind_name(value)}")
    return value


def _map(walk: Walk, work: Work) -> Value:
    results: list[Value] = []
    for item in walk.list_of(work):
        work.items[walk.slot] = item
        if walk.condition is None or want_bool(walk.condition(work)):
            results.append(walk.body(work))
    return results


def _filter(walk: Walk, work: Work) -> Value:
    results: list[Value] = []
    for item in walk.list_of(work):
        work.items[walk.slot] = item
        if want_bool(walk.body(work)):
            results.append(item)
    return results


def _exists_one(walk: Walk, work: Work) -> Value:
    found = 0
    for item in walk.list_of(work):
        work.items[walk.slot] = item
        found += want_bool(walk.body(work))
    return found == 1


def _all(walk: Walk, work: Work) -> Value:
    return not _decides(walk, work, decisive=False)


def _exists(walk: Walk, work: Work) -> Value:
    return _decides(walk, work, decisive=True)


def _decides(walk: Walk, work: Work, *, decisive: bool) -> bool:
    """Whether an item gives the decisive answer; a faulty item counts only if none does, as in CEL."""
    fault: ExprFault | None = None
    for item in walk.list_of(work):
        work.items[walk.slot] = item
        try:
            if want_bool(walk.body(work)) is decisive:
                return True
        except ExprFault as met:
            fault = met
    if fault is not None:
        raise fault
    return False


WALKS: Mapping[str, Callable[[Walk, Work], Value]] = {
    "all": _all,
    "exists": _exists,
    "exists_one": _exists_one,
    "map": _map,
    "filter": _filter,
}
