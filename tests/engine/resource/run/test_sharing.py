"""Requests of one worker share identical GETs in flight, never across headers or a write."""

import asyncio
from collections.abc import Sequence

from engine.resource.run.execution import Execution
from engine.resource.run.runtime import Runtime
from tests.engine.resource.run.operations import Asked, Upstream, registry_of

SDL = """
type Query {
  price: Int @connect(source: "s", http: { GET: "/price", headers: [{ name: "authorization", from: "authorization" }] }, selection: "$.v")
}
type Mutation { set: Int @connect(source: "s", http: { POST: "/set" }, selection: "$.v") }
"""  # noqa: E501 # directives read better whole
REGISTRY = registry_of(SDL)


class Worker:
    """Requests under way on one runtime, their calls held until `finish`."""

    def __init__(self) -> None:
        self.hold = asyncio.Event()
        self.upstream = Upstream(reply=lambda _path, _query: {"v": 1}, hold=self.hold)
        self.runtime = Runtime(transport=self.upstream)
        self.executions: list[Execution] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, query: str, token: str = "t") -> "asyncio.Task[None]":
        """Start a request and let it get as far as it can."""
        asked = Asked(registry=REGISTRY, query=query, headers={"authorization": [token]})
        execution, _ = asked.start(self.runtime)
        self.executions.append(execution)
        self.tasks.append(asyncio.create_task(execution.run()))
        await self.settle()
        return self.tasks[-1]

    async def settle(self) -> None:
        for _ in range(20):  # turns of the loop, more than any step needs
            await asyncio.sleep(0)

    async def finish(self) -> Sequence[object]:
        self.hold.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return [execution.write().data for execution in self.executions]


def test_twenty_identical_requests_make_the_call_once() -> None:
    async def run() -> tuple[Sequence[object], Upstream]:
        worker = Worker()
        for _ in range(20):
            await worker.ask("{ price }")
        return await worker.finish(), worker.upstream

    answers, upstream = asyncio.run(run())

    assert answers == [{"price": 1}] * 20
    assert len(upstream.calls) == 1


def test_requests_with_other_credentials_never_share() -> None:
    async def run() -> Upstream:
        worker = Worker()
        for token in ("ann", "bob", "ann"):
            await worker.ask("{ price }", token)
        await worker.finish()
        return worker.upstream

    upstream = asyncio.run(run())

    assert [dict(call.headers)["authorization"] for call in upstream.calls] == ["ann", "bob"]


def test_what_began_before_a_write_is_not_joined_after_it() -> None:
    async def run() -> Upstream:
        worker = Worker()
        await worker.ask("{ price }")
        await worker.ask("mutation { set }")
        await worker.ask("{ price }")
        await worker.finish()
        return worker.upstream

    assert asyncio.run(run()).urls == ["/price", "/set", "/price"]


def test_a_call_is_cancelled_when_its_last_waiter_leaves_and_not_before() -> None:
    async def run() -> list[int]:
        worker = Worker()
        first, second = await worker.ask("{ price }"), await worker.ask("{ price }")
        cancelled: list[int] = []
        for task in (first, second):
            task.cancel()
            await worker.settle()
            cancelled.append(worker.upstream.cancelled)
        await worker.finish()
        return cancelled

    assert asyncio.run(run()) == [0, 1]
