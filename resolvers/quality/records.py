"""How quality data is stored: a document for each worker's minute, one for each hour, one for each day."""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from engine.resource.quality.facts import (
    CallCount,
    CallKey,
    Facts,
    FieldCount,
    FieldKey,
    bounded,
)
from resolvers.ports import Collection, Document, Index

QUALITY = Collection(
    name="quality",
    feed=False,
    expires="expires_at",
    indexes=(Index(name="by_level", fields=("level",), order="at"),),
)
MAX_ROWS = 20_000  # of a document, about 300 kB as it is stored; beyond them callers are told together


@dataclass(frozen=True, slots=True)
class Level:
    """A span of time that a document is about, in UTC."""

    name: str
    span: timedelta

    def start(self, at: datetime) -> datetime:
        """The beginning of the span in which a moment is."""
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + (at - midnight) // self.span * self.span

    def id(self, start: datetime, worker: str = "") -> str:
        return f"{self.name}/{start:%Y-%m-%dT%H:%M}{worker and '/'}{worker}"


MINUTE = Level("minute", timedelta(minutes=1))
HOUR = Level("hour", timedelta(hours=1))
DAY = Level("day", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long documents stay. Days stay as long as hours: they are there so that less has to be read."""

    minutes: timedelta
    hours: timedelta

    def of(self, level: Level) -> timedelta:
        return self.minutes if level is MINUTE else self.hours


# ---------------------------------------------------------------------- to documents and back
def contents_of(facts: Facts) -> Mapping[str, bytes]:
    """What a document holds of facts; costs about a millisecond for a thousand rows."""
    facts = bounded(facts, rows=MAX_ROWS)
    fields = [[*key, count.calls, count.shared, count.errors] for key, count in facts.fields.items()]
    return {"calls": _packed(rows_of_calls(facts)), "fields": _packed(fields)}


def facts_of(document: Document, *, fields: bool = True) -> Facts:
    """What was counted; `fields`: those too, which are most of it."""
    facts = calls_of_rows(_unpacked(document["calls"]))
    for row in _unpacked(document["fields"]) if fields else ():
        unit, coordinate, apis, client, channel, calls, shared, errors = row
        key = FieldKey(unit, coordinate, tuple(apis), client, channel)
        facts.fields[key] = FieldCount(calls=calls, shared=shared, errors=errors)
    return facts


Row = list[Any]  # JSON, as `rows_of_calls` writes it


def rows_of_calls(facts: Facts) -> list[Row]:
    """What was counted of calls, as JSON."""
    return [[*key, *_row_of(count)] for key, count in facts.calls.items()]


def calls_of_rows(rows: Iterable[Row]) -> Facts:
    facts = Facts()
    for row in rows:
        calls, shared, cached, sent, size_bytes, seconds, errors, buckets = row[6:]
        facts.calls[CallKey(*row[:6])] = CallCount(
            calls=calls,
            shared=shared,
            cached=cached,
            sent=sent,
            size_bytes=size_bytes,
            seconds=seconds,
            errors=errors,
            buckets=dict(buckets),
        )
    return facts


def _row_of(count: CallCount) -> Row:
    return [
        count.calls,
        count.shared,
        count.cached,
        count.sent,
        count.size_bytes,
        round(count.seconds, 6),
        count.errors,
        list(count.buckets.items()),
    ]


def _packed(rows: object) -> bytes:
    return zlib.compress(orjson.dumps(rows), level=1)  # rows repeat names: a tenth is left


def _unpacked(packed: bytes) -> list[Row]:
    return orjson.loads(zlib.decompress(packed))
