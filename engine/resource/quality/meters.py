"""Count while operations run: a few additions each, told apart by field and API only when they are taken."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.resource.model import Connector
from engine.resource.plan.compile import Plan
from engine.resource.plan.coverage import AskedField
from engine.resource.quality.facts import OTHER, CallCount, CallKey, Facts, FieldCount, FieldKey
from engine.resource.quality.latency import bucket_of
from engine.resource.run.observer import Fault

MAX_METERS = 200  # kinds of callers told apart at a time; a caller chooses its own name
MAX_NAME = 64  # characters of a channel: without tokens it is what a header says
MAX_CODES = 30  # of one API or field; units map their own
OTHER_CODE = "OTHER"
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")  # what may stand in a row and in a label


class Meters:
    """Process life: one meter for each kind of caller. Implements `Observers`."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str | None], Meter] = {}
        self.bounds_broken = 0

    def of(self, client: str, channel: str | None) -> "Meter":
        meter = self._meters.get((client, channel))
        return meter if meter is not None else self._new(client, channel)

    def take(self) -> "Taken":
        """What was counted since the last time, not told apart yet: this holds nobody up."""
        return Taken([taken for meter in self._meters.values() if (taken := meter.take())])

    def forget_idle(self) -> None:
        """Make room for other callers: drop those that were silent since this was last called."""
        self._meters = {key: meter for key, meter in self._meters.items() if meter.was_busy()}

    def _new(self, client: str, channel: str | None) -> "Meter":
        if len(self._meters) >= MAX_METERS:
            client, channel = OTHER, None
        return self._meters.setdefault((client, channel), Meter(self, client, (channel or "")[:MAX_NAME]))


class _Calls(CallCount):
    """The count of one connector; it holds it, so that its `id` stays its own."""

    __slots__ = ("connector",)

    def __init__(self, connector: Connector) -> None:
        super().__init__()
        self.connector = connector


class _Use:
    """How often one plan was run for one kind of caller, and what went wrong."""

    __slots__ = ("calls", "errors", "shared", "shared_errors")

    def __init__(self) -> None:
        self.calls = 0
        self.shared = 0
        self.errors: dict[str, dict[str, int]] = {}  # by coordinate, then by code
        self.shared_errors: dict[str, dict[str, int]] = {}  # by API: it was asked for others


class Meter:
    """Counts for callers of one kind. Implements `Observer`."""

    __slots__ = ("_busy", "_calls", "_meters", "_uses", "channel", "client")

    def __init__(self, meters: Meters, client: str, channel: str) -> None:
        self.client = client
        self.channel = channel
        self._meters = meters
        self._calls: dict[int, _Calls] = {}
        self._uses: dict[Plan, _Use] = {}
        self._busy = True

    # ------------------------------------------------------------------ told by the engine
    def call_sent(self, connector: Connector, seconds: float, size_bytes: int) -> None:
        count = self._calls.get(id(connector)) or self._begin(connector)
        count.sent += 1
        count.seconds += seconds
        count.size_bytes += size_bytes
        bucket, buckets = bucket_of(seconds), count.buckets
        buckets[bucket] = buckets.get(bucket, 0) + 1

    def call_over(self, connector: Connector, code: str | None) -> None:
        count = self._calls.get(id(connector)) or self._begin(connector)
        count.calls += 1
        if code is not None:
            _add_code(count.errors, code)

    def call_shared(self, connector: Connector, code: str | None) -> None:
        count = self._calls.get(id(connector)) or self._begin(connector)
        count.shared += 1
        self.call_over(connector, code)

    def call_cached(self, connector: Connector) -> None:
        count = self._calls.get(id(connector)) or self._begin(connector)
        count.cached += 1
        self.call_over(connector, None)

    def operation_over(self, plan: Plan, faults: tuple[Fault, ...], *, shared: bool) -> None:
        use = self._uses.get(plan)
        if use is None:
            use = self._uses[plan] = _Use()
        use.calls += 1
        if shared:
            use.shared += 1
        if faults:
            _add_faults(use, faults, shared=shared)

    def bound_broken(self, calls: int, bound: int) -> None:
        del calls, bound
        self._meters.bounds_broken += 1

    def _begin(self, connector: Connector) -> CallCount:
        count = self._calls[id(connector)] = _Calls(connector)
        return count

    # ------------------------------------------------------------------ asked by whoever keeps it
    def was_busy(self) -> bool:
        """Whether anything was counted since this was last asked."""
        busy, self._busy = self._busy, False
        return busy or bool(self._calls or self._uses)

    def take(self) -> "_Counted | None":
        calls, self._calls = self._calls, {}
        uses, self._uses = self._uses, {}
        if not (calls or uses):
            return None
        self._busy = True
        return _Counted(self.client, self.channel, tuple(calls.values()), uses)


class Taken:
    """What was counted in some time, as it was counted."""

    def __init__(self, counted: "Sequence[_Counted]") -> None:
        self._counted = counted

    @property
    def operations(self) -> tuple[int, int]:
        """How many operations of resource fields were answered, and how many of them by another's work."""
        uses = [use for one in self._counted for use in one.uses.values()]
        return sum(use.calls for use in uses), sum(use.shared for use in uses)

    def facts(self, units: Mapping[str, str]) -> Facts:
        """Told apart; `units` owns each module's APIs. Nothing of it changes any more: for another thread."""
        facts = Facts()
        for one in self._counted:
            one.add_to(facts, units)
        return facts


class _Counted(NamedTuple):
    """What callers of one kind did."""

    client: str
    channel: str
    calls: Sequence[_Calls]
    uses: Mapping[Plan, _Use]

    def add_to(self, facts: Facts, units: Mapping[str, str]) -> None:
        for one in self.calls:
            facts.call(self._key_of(one.connector, units)).add(one)
        for plan, use in self.uses.items():
            self._add_fields(facts, plan.coverage.fields, use)
            for connector in plan.coverage.connectors if use.shared else ():
                # Once each, as far as anybody knows: the calls were made for another.
                errors = use.shared_errors.get(connector.api, {})
                more = CallCount(calls=use.shared, shared=use.shared, errors=errors)
                facts.call(self._key_of(connector, units)).add(more)

    def _key_of(self, connector: Connector, units: Mapping[str, str]) -> CallKey:
        return CallKey(
            unit=units.get(connector.module, connector.module),
            source=connector.source,
            source_name=connector.source_name or connector.source,
            api=connector.api,
            client=self.client,
            channel=self.channel,
        )

    def _add_fields(self, facts: Facts, fields: Iterable[AskedField], use: _Use) -> None:
        for asked in fields:
            key = FieldKey(asked.unit, asked.coordinate, asked.apis, self.client, self.channel)
            errors = use.errors.get(asked.coordinate, {})
            facts.field(key).add(FieldCount(calls=use.calls, shared=use.shared, errors=errors))


def _add_faults(use: _Use, faults: tuple[Fault, ...], *, shared: bool) -> None:
    """Once for each field, and where the calls were made for another, for each API: the first code tells."""
    for name, code in {fault.coordinate: fault.code for fault in reversed(faults)}.items():
        _add_code(use.errors.setdefault(name, {}), code)
    if shared:
        for api, code in {fault.api: fault.code for fault in reversed(faults) if fault.api}.items():
            _add_code(use.shared_errors.setdefault(api, {}), code)


def _add_code(errors: dict[str, int], code: str) -> None:
    if code not in errors and (len(errors) >= MAX_CODES or not _CODE.fullmatch(code)):
        code = OTHER_CODE
    errors[code] = errors.get(code, 0) + 1
