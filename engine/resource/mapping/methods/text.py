"""Strings: cases, trims, split, replace, joinNotNull, and text from and to JSON."""

import orjson

from engine.resource.mapping.methods.method import Unfit
from engine.resource.mapping.run import Run
from engine.resource.mapping.values import MAX_TEXT, Json, kind_of, text_of


def string(value: Json, what: str = "a string") -> str:
    if isinstance(value, str):
        return value
    raise Unfit(f"needs {what}, not a {kind_of(value)}")


def upper(subject: Json) -> str:
    return fitting(string(subject).upper())


def lower(subject: Json) -> str:
    return fitting(string(subject).lower())


def trim(subject: Json) -> str:
    return string(subject).strip()


def trim_start(subject: Json) -> str:
    return string(subject).lstrip()


def trim_end(subject: Json) -> str:
    return string(subject).rstrip()


def split(subject: Json, separator: Json, limit: Json = None) -> Json:
    """The parts between literal separators, at most `limit`; "" splits into characters."""
    text, mark = string(subject), string(separator, "a string as separator")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise Unfit("needs a positive integer as limit")
    parts = text.split(mark) if mark else list(text)
    return [*parts[:limit]]


def replace(subject: Json, old: Json, new: Json) -> str:
    """Every occurrence of one literal string by another."""
    text, before = string(subject), string(old, "a string to look for")
    after = string(new, "a string to put in")
    if not before:
        raise Unfit("needs a string to look for that is not empty")
    if len(text) + text.count(before) * len(after) > MAX_TEXT:
        raise Unfit(f"gives more than {MAX_TEXT:,} characters")
    return text.replace(before, after)


def to_string(subject: Json) -> str:
    """A scalar as JSON writes it, strings as they are; null is the empty string."""
    if isinstance(subject, list | dict):
        raise Unfit(f"needs a scalar, not a {kind_of(subject)}; use ->jsonStringify")
    return text_of(subject)


def json_parse(subject: Json) -> Json:
    try:
        return orjson.loads(string(subject))
    except ValueError:  # covers what is no JSON and what is nested too deeply
        raise Unfit("needs a string that holds JSON") from None


def json_stringify(run: Run, subject: Json) -> str:
    run.look_through(subject)
    try:
        return orjson.dumps(subject).decode()
    except (
        TypeError
    ):  # orjson's own error: nested too deeply, an integer beyond 64 bits, half a surrogate pair
        raise Unfit("meets a value that JSON cannot write") from None


def join_not_null(subject: Json, separator: Json) -> str:
    """The scalars of a list with a separator between them, nulls left out."""
    mark = string(separator, "a string as separator")
    items = subject if isinstance(subject, list) else [subject]
    parts: list[str] = []
    for item in items:
        if isinstance(item, list | dict):
            raise Unfit(f"joins scalars, not a {kind_of(item)}")
        if item is not None:
            parts.append(text_of(item))
    if sum(map(len, parts)) + len(mark) * len(parts) > MAX_TEXT:
        raise Unfit(f"gives more than {MAX_TEXT:,} characters")
    return mark.join(parts)


def fitting(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise Unfit(f"gives more than {MAX_TEXT:,} characters")
    return text
