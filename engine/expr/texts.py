"""The functions on strings; every one accounts for what it reads and is bounded in what it makes."""

import re

from engine.expr.conversions import to_string
from engine.expr.faults import ExprFault
from engine.expr.values import MAX_ITEMS, Value, Work, check_items, check_length, kind_name


def contains(work: Work, text: str, part: str) -> bool:
    _check_search(text, part, work)
    return part in text


def starts_with(work: Work, text: str, part: str) -> bool:
    work.spend(len(part) // 1_024)
    return text.startswith(part)


def ends_with(work: Work, text: str, part: str) -> bool:
    work.spend(len(part) // 1_024)
    return text.endswith(part)


def upper_ascii(work: Work, text: str) -> str:
    check_length(len(text), work)
    return text.upper() if text.isascii() else text.translate(_UPPER)


def lower_ascii(work: Work, text: str) -> str:
    check_length(len(text), work)
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LETTERS = range(ord("a"), ord("z") + 1)
_UPPER = {small: small - 32 for small in _LETTERS}
_LOWER = {small - 32: small for small in _LETTERS}


def trim(work: Work, text: str) -> str:
    check_length(len(text), work)
    return text.strip()


def char_at(work: Work, text: str, index: int) -> str:
    _check_index(index, text)
    return text[index : index + 1]


def index_of(work: Work, text: str, part: str, start: int = 0) -> int:
    _check_index(start, text)
    _check_search(text, part, work)
    return text.find(part, start)


def last_index_of(work: Work, text: str, part: str, start: int | None = None) -> int:
    _check_search(text, part, work, capped=False)
    if start is None:
        return text.rfind(part)
    _check_index(start, text)
    return text.rfind(part, 0, start + len(part))


def substring(work: Work, text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise ExprFault(f"substring({start}, {stop}) reaches outside a string of {len(text)} characters")
    check_length(stop - start, work)
    return text[start:stop]


def replace(work: Work, text: str, old: str, new: str, limit: int = -1) -> str:
    _check_search(text, old, work)
    _check_search(text, old, work)  # once to count, once to replace
    found = text.count(old)
    count = found if limit < 0 else min(found, limit)
    check_length(len(text) + count * (len(new) - len(old)), work)
    return text.replace(old, new, count)


def split(work: Work, text: str, separator: str, limit: int = -1) -> list[str]:
    _check_search(text, separator, work)
    if limit == 0:
        return []
    pieces = _characters(text, limit) if separator == "" else text.split(separator, _splits(limit))
    check_items(pieces, work)
    return pieces


def _splits(limit: int) -> int:
    """One more than may be kept at most, so that too many pieces are seen without being made."""
    return MAX_ITEMS if limit < 0 else min(limit - 1, MAX_ITEMS)


def _characters(text: str, limit: int) -> list[str]:
    kept = _splits(limit)
    return [*text[:kept], *([text[kept:]] if len(text) > kept else [])]


def join(work: Work, items: list[Value], separator: str = "") -> str:
    check_items(items, work)
    length = len(separator) * max(0, len(items) - 1)
    texts: list[str] = []
    for item in items:
        if type(item) is not str:
            raise ExprFault(f"join() takes a list of strings, a {kind_name(item)} is in it")
        texts.append(item)
        length += len(item)
    check_length(length, work)
    return separator.join(texts)


_VERB = re.compile(r"%(?:%|s|d|(?:\.([0-9]{1,2}))?f|(.?))", re.DOTALL)


def format_text(work: Work, template: str, values: list[Value]) -> str:
    """`'%s paid %.2f'.format([this.name, this.amount])`: %s any scalar, %d an int, %f or %.2f a number."""
    check_length(len(template), work)
    check_items(values, work)
    rest = iter(values)
    made = len(template)

    def fill(found: "re.Match[str]") -> str:
        nonlocal made
        verb = found.group()
        if verb == "%%":
            return "%"
        text = _formatted(verb, next(rest, _MISSING), work)
        made += len(text)
        check_length(made, work)
        return text

    text = _VERB.sub(fill, template)
    if next(rest, _MISSING) is not _MISSING:
        raise ExprFault("format() was given more values than the text has verbs")
    return text


_MISSING = object()


def _formatted(verb: str, value: Value, work: Work) -> str:
    if value is _MISSING:
        raise ExprFault("format() was given fewer values than the text has verbs")
    if verb == "%s" and type(value) in (str, int, float, bool):
        return to_string(work, value)
    if verb == "%d" and type(value) is int:
        return str(value)
    if verb.endswith("f") and (type(value) is float or type(value) is int):
        return f"{float(value):{verb[1:-1] or '.6'}f}"
    raise ExprFault(f"format() cannot write a {kind_name(value)} as {verb}")


_SEARCH_STEPS_PER_UNIT = 200  # characters compared in 0.1 microseconds
_SEARCH_STEPS = 2_000_000  # past this product the interpreter searches in linear time; never backwards


def _check_search(text: str, part: str, work: Work, *, capped: bool = True) -> None:
    """Account for a search, quadratic at worst: a run of one letter searched for a run of it."""
    check_length(len(text), work)
    steps = max(0, len(text) - len(part)) * len(part)
    work.spend((min(steps, _SEARCH_STEPS) if capped else steps) // _SEARCH_STEPS_PER_UNIT)


def _check_index(index: int, text: str) -> None:
    if not 0 <= index <= len(text):
        raise ExprFault(f"position {index} is outside a string of {len(text)} characters")
