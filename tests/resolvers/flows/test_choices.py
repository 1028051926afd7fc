"""Choices from resources: a commit is held to what they offer at that moment."""

import pytest

from engine.flow.errors import FormInvalid
from engine.flow.instance import InstanceStatus
from engine.flow.model import Json, JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Commit
from tests.resolvers.flows.models import chain, task
from tests.resolvers.flows.world import FlowWorld, open_task, open_world
from tests.servers.document_stores import StoreData

BIKES = "query($city: String) { bikes(city: $city) { number } }"
OPTIONS: Json = {"query": BIKES, "variables": {"city": "vars.city"}, "path": "bikes", "value": "number"}
FORM = {
    "schema": {
        "type": "object",
        "properties": {"bike": {"type": "string", "x-options": OPTIONS}, "why": {"type": "string"}},
    }
}
MODEL = chain(task("ask", form="which"), forms={"which": FORM})


def offer(world: FlowWorld, *numbers: str) -> None:
    async def answer(variables: JsonObject) -> JsonObject:
        assert variables == {"city": "BJ"}
        return {"bikes": [{"number": number} for number in numbers]}

    world.upstream.answers[BIKES] = answer


async def test_what_is_offered_can_be_committed(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)
        offer(world, "B1", "B2")
        taken = await world.start("lock", {"city": "BJ"})
        taken = await world.commit(open_task(taken, "ask"), {"bike": "B2"})
        assert taken.instance.status is InstanceStatus.COMPLETED
        assert len(world.upstream.calls) == 1


async def test_what_is_not_offered_is_refused_at_its_field(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)
        offer(world, "B1")
        taken = await world.start("lock", {"city": "BJ"})
        with pytest.raises(FormInvalid) as refused:
            await world.commit(open_task(taken, "ask"), {"bike": "B2"})
        [problem] = refused.value.problems
        assert (problem.code, problem.path) == ("VALUE_NOT_ALLOWED", "ask/which/bike")


async def test_nothing_is_asked_where_the_field_is_not_given(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)
        taken = await world.start("lock", {"city": "BJ"})
        partly = Commit(
            asking=Asking(subject="li"), task=open_task(taken, "ask"), variables={"why": "x"}, partial=True
        )
        await world.runtime.commit(partly)
        await world.commit(open_task(taken, "ask"))
        assert world.upstream.calls == []


async def test_a_field_kept_by_a_partial_commit_is_held_to_them_at_the_end(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)
        offer(world, "B1")
        taken = await world.start("lock", {"city": "BJ"})
        task_ = open_task(taken, "ask")
        asking = Asking(subject="li")
        await world.runtime.commit(Commit(asking=asking, task=task_, variables={"bike": "B1"}, partial=True))
        offer(world, "B2")  # B1 has gone meanwhile
        with pytest.raises(FormInvalid):
            await world.commit(task_, {"why": "x"})


async def test_choices_that_cannot_be_read_let_the_caller_try_again(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)

        async def fail(_: JsonObject) -> JsonObject:
            raise CallFailed(code="UPSTREAM_TIMEOUT", message="late", retryable=True)

        world.upstream.answers[BIKES] = fail
        taken = await world.start("lock", {"city": "BJ"})
        with pytest.raises(CallFailed):
            await world.commit(open_task(taken, "ask"), {"bike": "B1"})
        offer(world, "B1")
        taken = await world.commit(open_task(taken, "ask"), {"bike": "B1"})
        assert taken.instance.status is InstanceStatus.COMPLETED


async def test_choices_whose_query_lacks_a_variable_hold_nobody_up(store_data: StoreData) -> None:
    async with open_world(store_data) as world:
        await world.deploy("lock", MODEL)
        taken = await world.start("lock")
        taken = await world.commit(open_task(taken, "ask"), {"bike": "B9"})
        assert taken.instance.status is InstanceStatus.COMPLETED
