"""Quality data on a real store, with a clock that a test sets and workers that count what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from engine.resource.quality.facts import CallCount, CallKey, Facts, FieldCount, FieldKey
from engine.resource.quality.meters import Meters, Taken
from resolvers.quality.keeper import QualityKeeper
from resolvers.quality.records import Kept
from resolvers.quality.services import QualityServices
from tests.servers.document_stores import Store

NOON = datetime(2126, 11, 23, 12, tzinfo=UTC)  # stores forget by the real clock: nothing here is past
KEPT = Kept(minutes=timedelta(hours=48), hours=timedelta(days=90))


@dataclass(slots=True, eq=False)
class SetClock:
    """Stands still until it is set."""

    time: datetime = NOON

    def __call__(self) -> datetime:
        return self.time

    def at(self, **later: float) -> None:
        self.time = NOON + timedelta(**later)


class _Told(Taken):
    def __init__(self, facts: Facts) -> None:
        super().__init__([])
        self._facts = facts

    def facts(self, units: Mapping[str, str]) -> Facts:
        del units
        return self._facts


class SaidMeters(Meters):
    """Counted what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = Facts()

    def take(self) -> Taken:
        facts, self.waiting = self.waiting, Facts()
        return _Told(facts)


@dataclass(slots=True, eq=False)
class Worker:
    """One process that counts. `total` is what it told of all times."""

    store: Store
    now: SetClock
    name: str = "w1"
    meters: SaidMeters = field(default_factory=SaidMeters)
    total: Facts = field(default_factory=Facts)
    keeper: QualityKeeper = field(init=False)

    def __post_init__(self) -> None:
        self.keeper = QualityKeeper(
            self.store,
            self.meters,
            units=dict[str, str],
            now=self.now,
            worker=self.name,
            kept=KEPT,
            total=lambda _, facts: self.total.add(facts),
        )

    def count(self, api: str = "fee", calls: int = 1, *, unit: str = "care", client: str = "web/1") -> None:
        """Calls of an API that gives one field, each of 10 ms."""
        key = CallKey(unit, f"{unit}/s", "s", api, client, "app")
        self.meters.waiting.call(key).add(
            CallCount(
                calls=calls, sent=calls, size_bytes=10 * calls, seconds=calls / 100, buckets={90: calls}
            )
        )
        asked = FieldKey(unit, f"Order.{api}", (api,), client, "app")
        self.meters.waiting.field(asked).add(FieldCount(calls=calls))

    def services(self) -> QualityServices:
        return QualityServices(store=self.store, kept=KEPT, bring_up_to_date=self.keeper.flush, now=self.now)
