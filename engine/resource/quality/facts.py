"""What was counted, as values that add up: over callers, workers and minutes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.resource.quality.latency import add_buckets

OTHER = "(other)"  # callers beyond those that are told apart


class CallKey(NamedTuple):
    """Which API was asked, for whom. `source` is unique among all units, `source_name` as it was written."""

    unit: str
    source: str
    source_name: str
    api: str
    client: str
    channel: str


class FieldKey(NamedTuple):
    """Which field was asked for, by whom; `apis` gave it, in this operation."""

    unit: str
    coordinate: str
    apis: tuple[str, ...]
    client: str
    channel: str


@dataclass(slots=True, kw_only=True)
class CallCount:
    """How an API was asked.

    Of `calls`, `shared` were answered by a call under way for somebody else and `cached` from the cache.
    `sent` went upstream, each repetition for itself; `buckets`, `seconds` and `size_bytes` are of these.
    """

    calls: int = 0
    shared: int = 0
    cached: int = 0
    sent: int = 0
    size_bytes: int = 0
    seconds: float = 0.0
    errors: dict[str, int] = field(default_factory=dict[str, int])
    buckets: dict[int, int] = field(default_factory=dict[int, int])

    def add(self, more: "CallCount") -> None:
        self.calls += more.calls
        self.shared += more.shared
        self.cached += more.cached
        self.sent += more.sent
        self.size_bytes += more.size_bytes
        self.seconds += more.seconds
        add_errors(self.errors, more.errors)
        add_buckets(self.buckets, more.buckets.items())


@dataclass(slots=True, kw_only=True)
class FieldCount:
    """How a field was asked for: operations, those answered by one under way for another, and errors."""

    calls: int = 0
    shared: int = 0
    errors: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, more: "FieldCount") -> None:
        self.calls += more.calls
        self.shared += more.shared
        add_errors(self.errors, more.errors)


@dataclass(slots=True, kw_only=True)
class Facts:
    """Everything counted in some time; `add` takes over what another one counted."""

    calls: dict[CallKey, CallCount] = field(default_factory=dict[CallKey, CallCount])
    fields: dict[FieldKey, FieldCount] = field(default_factory=dict[FieldKey, FieldCount])

    def __bool__(self) -> bool:
        return bool(self.calls or self.fields)

    def add(self, more: "Facts") -> None:
        for key, calls in more.calls.items():
            self.call(key).add(calls)
        for key, fields in more.fields.items():
            self.field(key).add(fields)

    def call(self, key: CallKey) -> CallCount:
        count = self.calls.get(key)
        if count is None:
            count = self.calls[key] = CallCount()
        return count

    def field(self, key: FieldKey) -> FieldCount:
        count = self.fields.get(key)
        if count is None:
            count = self.fields[key] = FieldCount()
        return count


def bounded(facts: Facts, *, rows: int) -> Facts:
    """At most about so many rows: the callers that ask least are told together as `OTHER`."""
    asked: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for key, count in (*facts.calls.items(), *facts.fields.items()):
        asked[key.client] += count.calls
        held[key.client] += 1
    if held.total() <= rows:
        return facts
    kept: set[str] = set()
    for client, _ in asked.most_common():
        if held[client] > rows:
            break
        rows -= held[client]
        kept.add(client)
    fewer = Facts()
    for key, calls in facts.calls.items():
        fewer.call(key if key.client in kept else key._replace(client=OTHER)).add(calls)
    for key, fields in facts.fields.items():
        fewer.field(key if key.client in kept else key._replace(client=OTHER)).add(fields)
    return fewer


def add_errors(to: dict[str, int], more: Mapping[str, int]) -> None:
    for code, count in more.items():
        to[code] = to.get(code, 0) + count
