"""What a step costs the store, counted: one write and at most one read, and all of it or nothing."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any  # what MongoDB's profiler wrote down

import pytest

from engine.flow.instance import InstanceStatus
from engine.flow.model import JsonObject
from engine.flow.runtime import Taken
from resolvers.flows.instances import HISTORY, INSTANCES, MESSAGES
from resolvers.ports import Collection, Delete, Document, DocumentStore, Page, Query, Write
from resolvers.store_errors import DocumentNotFound, StoreUnavailable
from tests.resolvers.flows.models import Json, call, called, chain, flow, model, task
from tests.resolvers.flows.world import COLLECTIONS, FlowWorld, make_world, open_keys, open_task
from tests.servers.document_stores import StoreData, open_database

PAY = "mutation { pay }"
NODES = 50
LOOPS = 400


@dataclass(slots=True)
class Counting:
    """A store that counts. `spoiled`: whatever is written is refused by its last part."""

    store: DocumentStore
    reads: int = 0
    writes: list[Sequence[Write]] = field(default_factory=list[Sequence[Write]])
    spoiled: bool = False

    async def find(self, collection: Collection, document_id: str) -> Document | None:
        self.reads += 1
        return await self.store.find(collection, document_id)

    async def get(self, collection: Collection, document_id: str) -> Document:
        self.reads += 1
        return await self.store.get(collection, document_id)

    async def load_many(self, collection: Collection, ids: Sequence[str]) -> list[Document | None]:
        self.reads += 1
        return await self.store.load_many(collection, ids)

    async def select(self, query: Query) -> Page:
        self.reads += 1
        return await self.store.select(query)

    async def write(self, *writes: Write) -> None:
        if self.spoiled:
            with pytest.raises(DocumentNotFound):
                await self.store.write(*writes, Delete(collection=MESSAGES, id="nobody", version=1))
            raise StoreUnavailable(reason="the last part was refused")
        self.writes.append(writes)
        await self.store.write(*writes)

    def forget(self) -> None:
        self.reads = 0
        self.writes.clear()

    @property
    def documents(self) -> list[list[str]]:
        """Of each write, the collections."""
        return [[write.collection.name for write in writes] for writes in self.writes]


@asynccontextmanager
async def counted(data: StoreData) -> AsyncGenerator[tuple[FlowWorld, Counting]]:
    async with data.open(*COLLECTIONS) as store:
        counting = Counting(store)
        yield make_world(counting), counting


@pytest.mark.parametrize(("of_another", "reads"), [(False, 0), (True, 1)])
async def test_a_commit_is_one_write_and_at_most_one_read_however_many_nodes_it_passes(
    store_data: StoreData, of_another: bool, reads: int
) -> None:
    async with counted(store_data) as (world, store):
        await world.deploy("flow", passing(NODES))
        taken = await world.start("flow", {"n": 0})
        assert store.documents[-1:] == [[INSTANCES.name]]
        if of_another:
            world = make_world(store)
            await world.running.flows.get(taken.instance.deployment)
        store.forget()
        taken = await world.commit(open_task(taken, "ask"), key="k")
        assert open_keys(taken) == ["tell"]
        assert taken.instance.variables == {"n": NODES}
        assert (store.reads, store.documents) == (reads, [[INSTANCES.name]])


async def test_each_mutation_on_the_way_is_one_write_more(store_data: StoreData) -> None:
    async with counted(store_data) as (world, store):
        world.upstream.answers[PAY] = paid
        await world.deploy("flow", chain(task("ask"), call("one", PAY), call("two", PAY), task("tell")))
        taken = await world.start("flow")
        store.forget()
        taken = await world.commit(open_task(taken, "ask"))
        assert open_keys(taken) == ["tell"]
        assert store.documents == [[INSTANCES.name]] * 3


async def test_a_step_into_a_called_flow_and_out_of_it_is_one_write_of_both(store_data: StoreData) -> None:
    async with counted(store_data) as (world, store):
        taken = await calling(world)
        store.forget()
        taken = await world.commit(open_task(taken, "ask"))
        assert store.documents == [[INSTANCES.name] * 2]
        store.forget()
        taken = await world.commit(open_task(taken, "inspect"))
        assert (open_keys(taken), store.documents) == (["tell"], [[INSTANCES.name] * 2])


@pytest.mark.parametrize("at", ["ask", "inspect"])
async def test_caller_and_called_change_together_or_not_at_all(store_data: StoreData, at: str) -> None:
    async with counted(store_data) as (world, store):
        taken = await calling(world)
        root = taken.instance.id
        if at == "inspect":
            taken = await world.commit(open_task(taken, "ask"))
        family = {root, *(where.id for where, _ in taken.tasks)}
        before = [await store.store.find(INSTANCES, one) for one in sorted(family)]
        store.spoiled = True
        with pytest.raises(StoreUnavailable):
            await world.commit(open_task(taken, at), key="k")
        assert [await store.store.find(INSTANCES, one) for one in sorted(family)] == before
        store.spoiled = False
        again = await world.commit(open_task(taken, at), key="k")
        assert (open_keys(again), again.replayed) == ([{"ask": "inspect", "inspect": "tell"}[at]], False)


async def test_a_long_history_costs_one_document_more_in_a_hundred_nodes(store_data: StoreData) -> None:
    async with counted(store_data) as (world, store):
        elements = [{"key": "end", "type": "endEvent"}, task("ask")]
        again = [flow("again", "ask", "ask", "vars.n > 0"), flow("out", "ask", "end", "vars.n == 0")]
        await world.deploy(
            "flow",
            model({"key": "start", "type": "startEvent"}, *elements, flow("in", "start", "ask"), *again),
        )
        taken = await world.start("flow")
        store.forget()
        for n in reversed(range(LOOPS)):
            taken = await world.commit(open_task(taken, "ask"), {"n": n})
        assert taken.instance.status is InstanceStatus.COMPLETED
        assert (store.reads, len(store.writes)) == (0, LOOPS)
        pages = [name for names in store.documents for name in names if name == HISTORY.name]
        assert 1 <= len(pages) <= LOOPS / 100


async def test_on_mongodb_a_plain_commit_is_one_conditional_command(store_data: StoreData) -> None:
    if store_data.kind == "sqlite":
        pytest.skip("how MongoDB is asked")
    async with counted(store_data) as (world, store):
        await world.deploy("flow", passing(NODES))
        taken = await world.start("flow", {"n": 0})
        world = make_world(store)  # as another process, which has to read first
        await world.running.flows.get(taken.instance.deployment)
        with open_database(store_data.address) as database:
            database.command("profile", 2)
            await world.commit(open_task(taken, "ask"), key="k")
            database.command("profile", 0)
            commands: list[Any] = list(
                database["system.profile"].find({"ns": f"{database.name}.{INSTANCES.name}"})
            )
        assert [command["op"] for command in commands] == ["query", "update"]
        [update] = [command for command in commands if command["op"] == "update"]
        assert sorted(update["command"]["q"]) == ["_id", "version"]
        assert update["nModified"] == 1
        assert not any("startTransaction" in command["command"] for command in commands)


def passing(nodes: int) -> Json:
    """A task, then gateways and assignments in a row, then another task."""
    middle: list[Json] = []
    for at in range(nodes):
        following = f"x{at + 1}" if at + 1 < nodes else "tell"
        gateway: Json = {"type": "exclusiveGateway", "default": f"to_{following}"}
        assignment: Json = {"type": "serviceTask", "output": {"n": "vars.n + 2"}}
        middle.append({"key": f"x{at}", **(gateway if at % 2 else assignment)})
    return chain(task("ask"), *middle, task("tell"))


async def calling(world: FlowWorld) -> Taken:
    await world.deploy("child", chain(task("inspect")))
    await world.deploy("parent", chain(task("ask"), called("check", "child"), task("tell")))
    return await world.start("parent")


async def paid(_: JsonObject) -> JsonObject:
    return {"pay": True}
