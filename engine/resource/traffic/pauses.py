"""How long to wait before a call is repeated: jitter that grows, and what the API itself asks for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.resource.policy import Retry

LONGEST_S = 5.0  # that jitter alone may make a caller wait, unless the unit's backoff is longer
Headers = Mapping[str, tuple[str, ...]]


def longest_pause_s(retry: Retry, attempt: int) -> float:
    """The upper end of full jitter after so many attempts: it doubles with each."""
    backoff_s = retry.backoff_ms / 1000
    return min(backoff_s * 2 ** min(attempt - 1, 16), max(backoff_s, LONGEST_S))


def asked_pause_s(headers: Headers, now: datetime) -> float:
    """What an answer's Retry-After asks for (RFC 9110, 10.2.3): seconds, or a date; else nothing.

    A date is taken from the answer's own Date, where it has one: its clock may be another than ours.
    """
    stated = headers.get("retry-after")
    if not stated:
        return 0.0
    text = stated[0].strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _date(text)
    if until is None:
        return 0.0
    answered = _date(headers.get("date", ("",))[0]) or now
    return max((until - answered).total_seconds(), 0.0)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
