"""Rows of quality data as clients see them, and what they choose of everything."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from resolvers.quality import looking, rows

MAX_INT = 2_147_483_647  # of GraphQL's Int; counts beyond it are told as this

strawberry.enum(rows.Dimension, name="QualityDimension")


@strawberry.input
class QualityFilter:
    coordinate: str | None = strawberry.field(default=UNSET, description="a field, as in 'Order.buyer'")
    api: str | None = UNSET
    unit: str | None = UNSET
    channel: str | None = strawberry.field(default=UNSET, description="empty: callers that are on none")
    client: str | None = strawberry.field(
        default=UNSET, description="'name/version', or the name: then of all versions"
    )

    def to_domain(self) -> looking.QualityFilter:
        return looking.QualityFilter(
            coordinate=_given(self.coordinate),
            api=_given(self.api),
            unit=_given(self.unit),
            channel=_given(self.channel),
            client=_given(self.client),
        )


@strawberry.type
class QualityErrors:
    code: str
    count: int


@strawberry.type
class QualityRow:
    key: str
    unit: str | None = strawberry.field(description="who owns the API, source or field")
    calls: int = strawberry.field(
        description="how often it was asked for: of a field the operations, else the calls of APIs"
    )
    errors: int
    error_rate: float
    error_codes: list[QualityErrors] = strawberry.field(description="the errors by code, most frequent first")
    p50_ms: float | None = strawberry.field(
        description="of the calls upstream; of a field, those of the APIs that give it"
    )
    p95_ms: float | None
    p99_ms: float | None
    cache_hits: int = strawberry.field(
        description="of the calls, those answered from the cache; of a field, those of its APIs"
    )
    shared: int = strawberry.field(
        description="of the calls, those answered by an identical one under way for somebody else"
    )
    sent: int = strawberry.field(description="calls that went upstream, each repetition for itself")
    bytes: float = strawberry.field(description="of the answers to calls upstream, unpacked")

    @classmethod
    def of(cls, row: rows.QualityRow) -> QualityRow:
        codes = sorted(row.errors.items(), key=lambda one: (-one[1], one[0]))
        return cls(
            key=row.key,
            unit=row.unit,
            calls=_fitting(row.calls),
            errors=_fitting(row.error_count),
            error_rate=row.error_rate,
            error_codes=[QualityErrors(code=code, count=_fitting(count)) for code, count in codes],
            p50_ms=row.p50_ms,
            p95_ms=row.p95_ms,
            p99_ms=row.p99_ms,
            cache_hits=_fitting(row.cached),
            shared=_fitting(row.shared),
            sent=_fitting(row.sent),
            bytes=float(row.size_bytes),
        )


def _given(text: str | None) -> str | None:
    return None if text is UNSET else text


def _fitting(count: int) -> int:
    return min(count, MAX_INT)
