"""The functions on lists; every one is linear in at most MAX_ITEMS items, or n log n."""

from collections.abc import Callable, Sequence
from typing import cast

from engine.expr.faults import ExprFault
from engine.expr.values import (
    Value,
    Work,
    as_list,
    check_items,
    check_length,
    is_list,
    kind_name,
    within_int64,
)


def reverse(work: Work, value: str | list[Value]) -> Value:
    if isinstance(value, str):
        check_length(len(value), work)
    else:
        check_items(value, work)
    return value[::-1]


def total(work: Work, items: list[Value]) -> Value:
    """The sum; of no items, 0."""
    numbers = _numbers(work, items, "sum")
    result = sum(numbers)
    return within_int64(result) if isinstance(result, int) else result


def least(work: Work, items: list[Value]) -> Value:
    return _extreme(work, items, "min", min)


def greatest(work: Work, items: list[Value]) -> Value:
    return _extreme(work, items, "max", max)


def _extreme(work: Work, items: list[Value], name: str, choose: Callable[[Sequence[float]], float]) -> Value:
    numbers = _numbers(work, items, name)
    if not numbers:
        raise ExprFault(f"{name}() of an empty list")
    return choose(numbers)


def _numbers(work: Work, items: list[Value], name: str) -> list[float]:
    check_items(items, work)
    kinds = {type(item) for item in items}
    if len(kinds) > 1 or not kinds <= {int, float}:
        raise ExprFault(f"{name}() takes a list of int or a list of double")
    return cast("list[float]", items)  # the kinds were just tested


def distinct(work: Work, items: list[Value]) -> Value:
    """Without repetitions, order kept; 1 and 1.0 are the same, 1 and true are not."""
    check_items(items, work)
    seen: set[tuple[bool, Value]] = set()
    kept: list[Value] = []
    for item in items:
        if type(item) in (list, dict):
            raise ExprFault(f"distinct() takes a list of scalars, a {kind_name(item)} is in it")
        key = (type(item) is bool, item)
        if key not in seen:
            seen.add(key)
            kept.append(item)
    return kept


def flatten(work: Work, items: list[Value]) -> Value:
    """One level."""
    check_items(items, work)
    flat: list[Value] = []
    for item in items:
        if is_list(item):
            check_items(as_list(item), work)
            flat.extend(as_list(item))
        else:
            flat.append(item)
    return flat


def cut(work: Work, items: list[Value], start: int, end: int) -> Value:
    if not 0 <= start <= end <= len(items):
        raise ExprFault(f"slice({start}, {end}) reaches outside a list of {len(items)} items")
    work.spend((end - start) // 100)
    return items[start:end]


def in_order(work: Work, items: list[Value]) -> Value:
    check_items(items, work)
    kinds = {type(item) for item in items}
    if kinds <= {int, float}:
        return sorted(cast("list[float]", items))  # the kinds were just tested
    if kinds == {str}:
        texts = cast("list[str]", items)  # the kinds were just tested
        work.spend(sum(map(len, texts)) // 100)  # ten comparisons of each
        return sorted(texts)
    raise ExprFault("sort() takes a list of numbers or a list of strings")
