"""What a worker counted since it started: sums that only grow, as whoever scrapes wants them."""

from dataclasses import dataclass, field

import orjson

from engine.resource.quality.facts import OTHER, Facts
from engine.resource.quality.meters import Taken
from resolvers.quality.records import calls_of_rows, rows_of_calls

MAX_APIS = 2_000  # told apart in one worker's life; what is published last is told as `OTHER`


@dataclass(slots=True, kw_only=True)
class Counted:
    """`facts` are calls by API, whoever asked. `worker` numbers the processes of this instance from 1."""

    worker: int
    operations: int = 0
    operations_shared: int = 0
    bounds_broken: int = 0
    facts: Facts = field(default_factory=Facts)

    def add(self, taken: Taken, facts: Facts) -> None:
        operations, shared = taken.operations
        self.operations += operations
        self.operations_shared += shared
        for key, count in facts.calls.items():
            total = key._replace(client="", channel="")
            if total not in self.facts.calls and len(self.facts.calls) >= MAX_APIS:
                total = total._replace(source=OTHER, source_name=OTHER, api=OTHER)
            self.facts.call(total).add(count)

    def to_bytes(self) -> bytes:
        sums = [self.worker, self.operations, self.operations_shared, self.bounds_broken]
        return orjson.dumps([*sums, rows_of_calls(self.facts)])

    @classmethod
    def of_bytes(cls, told: bytes) -> "Counted":
        worker, operations, shared, broken, rows = orjson.loads(told)
        return cls(
            worker=worker,
            operations=operations,
            operations_shared=shared,
            bounds_broken=broken,
            facts=calls_of_rows(rows),
        )
