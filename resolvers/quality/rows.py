"""Rows of one dimension, made of what was counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engine.resource.quality.facts import CallCount, CallKey, Facts, FieldKey, add_errors
from engine.resource.quality.latency import add_buckets, quantile_ms


class Dimension(StrEnum):
    FIELD = "FIELD"
    API = "API"
    SOURCE = "SOURCE"
    UNIT = "UNIT"
    CHANNEL = "CHANNEL"
    CLIENT = "CLIENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """`key` is of the dimension; `unit` owns it, where one does. Durations are those of calls upstream."""

    key: str
    unit: str | None
    calls: int
    errors: Mapping[str, int]
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    cached: int
    shared: int
    sent: int
    size_bytes: int

    @property
    def error_count(self) -> int:
        return sum(self.errors.values())

    @property
    def error_rate(self) -> float:
        return self.error_count / self.calls if self.calls else 0.0


def rows_by(by: Dimension, facts: Facts, by_api: Mapping[str, CallCount]) -> Sequence[QualityRow]:
    """What is asked for most first. Facts are of fields or of calls; `by_api`: the calls of fields' APIs."""
    sums: dict[tuple[str, str], _Sum] = {}
    for key, name in _names(by, facts):
        one = sums.setdefault(name, _Sum())
        if isinstance(key, CallKey):
            one.add_calls(facts.calls[key])
        else:
            count = facts.fields[key]
            one.calls += count.calls
            one.shared += count.shared
            add_errors(one.errors, count.errors)
            one.apis.update(key.apis)
    rows = [one.row(name, by_api) for name, one in sums.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.key, row.unit or ""))


def _names(by: Dimension, facts: Facts) -> Iterator[tuple[CallKey | FieldKey, tuple[str, str]]]:
    """Under which row each fact is told: its key, and what tells rows of the same key apart."""
    for call in facts.calls:
        match by:
            case Dimension.API:
                yield call, (call.api, call.unit)
            case Dimension.SOURCE:
                yield call, (call.source_name, call.unit)
            case _:
                yield call, _name_of_caller(by, call)
    for asked in facts.fields:
        match by:
            case Dimension.FIELD:
                yield asked, (asked.coordinate, asked.unit)
            case Dimension.API:
                yield from ((asked, (api, "")) for api in asked.apis)
            case Dimension.SOURCE:
                continue  # a field is not of a source
            case _:
                yield asked, _name_of_caller(by, asked)


def _name_of_caller(by: Dimension, key: CallKey | FieldKey) -> tuple[str, str]:
    if by is Dimension.UNIT:
        return key.unit, key.unit
    return (key.channel if by is Dimension.CHANNEL else key.client), ""


@dataclass(slots=True)
class _Sum:
    """A row on its way."""

    calls: int = 0
    shared: int = 0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    apis: set[str] = field(default_factory=set[str])  # that give a field
    made: CallCount = field(default_factory=CallCount)

    def add_calls(self, count: CallCount) -> None:
        self.calls += count.calls
        self.shared += count.shared
        add_errors(self.errors, count.errors)
        self._add_made(count)

    def row(self, name: tuple[str, str], by_api: Mapping[str, CallCount]) -> QualityRow:
        for api in self.apis & by_api.keys():
            self._add_made(by_api[api])
        made = self.made
        return QualityRow(
            key=name[0],
            unit=name[1] or None,
            calls=self.calls,
            errors=self.errors,
            p50_ms=quantile_ms(made.buckets, 0.5),
            p95_ms=quantile_ms(made.buckets, 0.95),
            p99_ms=quantile_ms(made.buckets, 0.99),
            cached=made.cached,
            shared=self.shared,
            sent=made.sent,
            size_bytes=made.size_bytes,
        )

    def _add_made(self, count: CallCount) -> None:
        self.made.cached += count.cached
        self.made.sent += count.sent
        self.made.size_bytes += count.size_bytes
        add_buckets(self.made.buckets, count.buckets.items())
