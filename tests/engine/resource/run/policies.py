"""An upstream that takes its time, on a clock that jumps, and a module whose source has a policy."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from engine.resource.calls import (
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    Answer,
    Call,
    CallFailed,
)
from engine.resource.model import Registry
from engine.resource.outcome import Failure
from engine.resource.run.execution import Written
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.traffic.traffic import Traffic
from tests.engine.resource.run.operations import Asked, codes_of, registry_of
from tests.servers.virtual_time import run_in_virtual_time

OK = Answer(200, {"content-type": ("application/json",)}, b'{"v": 1}')
REFUSED = CallFailed(code=UPSTREAM_UNREACHABLE, message="no connection", retryable=True)
LATE = CallFailed(code=UPSTREAM_TIMEOUT, message="too slow", retryable=True)
Reply = Answer | CallFailed


def busy(after: str) -> Answer:
    return Answer(503, {"retry-after": (after,)}, b"{}")


def module(policy: str, *, method: str = "GET", own: str = "", operation: str = "Query") -> Registry:
    query = "" if operation == "Query" else "type Query { other: Int @value(const: 1) }"
    return registry_of(f"""
    extend schema @source(name: "up", http: {{ baseURL: "http://up.test" }}, policy: {{ {policy} }})
    {query}
    type {operation} {{
      a(n: Int): Int @connect(
        source: "up", http: {{ {method}: "/a?n={{$args.n}}" }}, selection: "$.v", {own})
      b: Int @connect(source: "up", http: {{ GET: "/b" }}, selection: "$.v")
    }}
    """)


@dataclass(slots=True, kw_only=True)
class World:
    """An upstream that answers in turn (the last reply stays) after its time, and a worker that calls it."""

    registry: Registry
    replies: list[Reply] = field(default_factory=lambda: [OK])
    takes_s: float = 0.0
    calls: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    most_at_once: int = 0
    runtime: Runtime = field(init=False)
    requests: list[Request] = field(default_factory=list[Request])
    _at_once: int = 0

    def __post_init__(self) -> None:
        traffic = Traffic(random=Random(1), today=lambda: datetime(2026, 3, 1, tzinfo=UTC))
        self.runtime = Runtime(transport=self, traffic=traffic)

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        self.calls.append((asyncio.get_running_loop().time(), call.url.removeprefix("http://up.test")))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(min(self.takes_s, timeout_s))
        finally:
            self._at_once -= 1
        if self.takes_s > timeout_s:
            raise LATE
        if isinstance(reply, CallFailed):
            raise reply
        return reply

    async def close(self) -> None:
        return

    async def ask(self, query: str, *, deadline_s: float | None = None, max_calls: int = 100) -> Written:
        execution, request = Asked(registry=self.registry, query=query, max_calls=max_calls).start(
            self.runtime
        )
        self.requests.append(request)
        if deadline_s is None:
            await execution.run()
        else:
            request.deadline_at = asyncio.get_running_loop().time() + deadline_s
            await execution.run_within(deadline_s)
        return execution.write()

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.calls]


def ask(
    world: World, query: str = "{ a }", *, deadline_s: float | None = None, max_calls: int = 100
) -> Written:
    return run_in_virtual_time(world.ask(query, deadline_s=deadline_s, max_calls=max_calls))


def only_failure(written: Written) -> Failure:
    ((failure, _),) = written.errors
    return failure


async def ask_each(world: World, count: int, *, every_s: float = 0.0) -> list[Written]:
    written: list[Written] = []
    for _ in range(count):
        written.append(await world.ask("{ a }"))
        await asyncio.sleep(every_s)
    return written


def codes(written: Sequence[Written]) -> list[str]:
    return [code for one in written for _, code in codes_of(one)]
