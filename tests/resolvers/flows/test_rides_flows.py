"""The demo's three procedures run with a clock in the hand: approval, escalation, compensation, message."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

from engine.flow.instance import InstanceId, InstanceStatus, Variables
from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Message, Taken
from examples.rides.showcase import read_flows
from tests.resolvers.flows.world import FlowWorld, open_keys, open_task, open_world
from tests.servers.document_stores import StoreData

RIDE: Variables = {"orderId": "R1", "reason": "TOO_LONG"}
PAID: JsonObject = {"order": {"paidCents": 10_881, "refund": {"maxCents": 10_881, "wording": "100 %"}}}
HOME: Variables = {"name": "王静", "address": {"city": "GZ", "street": "花园路220号"}}


@asynccontextmanager
async def open_rides(data: StoreData) -> AsyncGenerator[FlowWorld]:
    """All flows deployed; the company answers that there is such a bike, and money to refund."""
    answers: dict[str, JsonObject] = {
        "ReportedBike": {"bike": {"number": "GZ-1", "city": "GZ", "battery": 9, "rideable": False}},
        "Repair": {"reportFault": {"status": "REPAIR"}},
        "BackToStreet": {"reportFault": {"status": "AVAILABLE"}},
        "Nearby": {"bikes": [{"id": "B100002", "summary": "GZ-2 · 60 %"}]},
        "Rides": {"ordersByPhone": [{"id": "R1", "summary": "R1 · ¥108.81"}]},
        "CarRides": {"orders": [{"id": "R1", "summary": "R1 · ¥108.81"}]},
        "Quote": PAID,
        "Policy": PAID,
        "Refund": {"returnFee": {"id": "RF1", "amountCents": 5_000}},
        "TakeBack": {"cancelRefund": True},
    }
    async with open_world(data) as world:
        for flow in read_flows():
            await world.deploy(flow.key, flow.model)
        for name, answer in answers.items():
            reply_to(world, name, answer)
        yield world


def reply_to(world: FlowWorld, name: str, answer: JsonObject | Exception) -> None:
    async def reply(variables: JsonObject) -> JsonObject:
        del variables
        if isinstance(answer, Exception):
            raise answer
        return answer

    world.upstream.answers[operation(name)] = reply


def operation(name: str) -> str:
    """The text of the named operation, wherever a flow has it."""
    texts = {text for flow in read_flows() for text in queries_in(flow.model)}
    return next(text for text in texts if text.partition("(")[0].split()[1] == name)


def queries_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, object]", value)  # JSON
        if isinstance(text := parts.get("query"), str):
            yield text
        for part in parts.values():
            yield from queries_in(part)
    elif isinstance(value, list):
        for part in cast("list[object]", value):  # JSON
            yield from queries_in(part)


def keys_of(world: FlowWorld, name: str) -> list[str | None]:
    """The idempotency keys under which an operation was called."""
    return [key for query, _, key in world.upstream.calls if query == operation(name)]


async def decided(world: FlowWorld, *, yuan: float) -> Taken:
    taken = await world.start("fee-dispute")
    taken = await world.commit(open_task(taken, "find"), {"phone": "18600422060"})
    taken = await world.commit(open_task(taken, "pick"), dict(RIDE))
    return await world.commit(open_task(taken, "decide"), {"refundYuan": yuan})


async def tasks_of(world: FlowWorld, instance: InstanceId) -> list[str]:
    found = await world.instances.find(instance)
    assert found is not None
    return sorted(task.element for task in found.tasks.values())


async def test_a_small_refund_is_made_at_once(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=30)
        assert open_keys(taken) == ["tell"]
        assert taken.instance.variables["refundId"] == "RF1"
        taken = await world.commit(open_task(taken, "tell"), {"told": "PHONE"})
        assert taken.instance.status is InstanceStatus.COMPLETED


async def test_a_larger_one_waits_for_a_supervisor_who_approves(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=30.5)
        [(_, task)] = taken.tasks
        assert (task.element, task.candidate_roles) == ("approve", ("supervisor",))
        assert keys_of(world, "Refund") == []
        taken = await world.commit(open_task(taken, "approve"), {"approved": True})
        assert open_keys(taken) == ["tell"]
        assert len(keys_of(world, "Refund")) == 1


async def test_a_small_one_beyond_the_policy_waits_too(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        reply_to(world, "Policy", {"order": {"refund": {"maxCents": 100}}})
        assert open_keys(await decided(world, yuan=1.5)) == ["approve"]


async def test_a_supervisor_who_refuses_says_why_and_nothing_is_paid(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=50)
        given: Variables = {"approved": False, "because": "the track shows the ride"}
        taken = await world.commit(open_task(taken, "approve"), given)
        assert open_keys(taken) == ["explain"]
        assert keys_of(world, "Refund") == []


async def test_a_refusal_taken_back_can_become_an_approval(store_data: StoreData) -> None:
    """What was filled before is kept, but for the reason, which is asked for with a refusal alone."""
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=50)
        given: Variables = {"approved": False, "because": "the track shows the ride"}
        taken = await world.commit(open_task(taken, "approve"), given)
        taken = await world.roll_back(open_task(taken, "explain"))
        taken = await world.commit(open_task(taken, "approve"), {"approved": True})
        assert open_keys(taken) == ["tell"]
        assert "because" not in taken.instance.variables


async def test_after_thirty_minutes_without_an_answer_the_duty_manager_is_asked(
    store_data: StoreData,
) -> None:
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=50)
        world.clock.move(timedelta(minutes=29, seconds=59))
        await world.runtime.watch.look()
        assert await tasks_of(world, taken.instance.id) == ["approve"]
        world.clock.move(timedelta(seconds=1))
        await world.runtime.watch.look()
        found = await world.instances.find(taken.instance.id)
        assert found is not None
        [task] = found.tasks.values()
        assert (task.element, task.candidate_roles) == ("escalated", ("duty-manager", "supervisor"))


async def test_going_back_takes_the_refund_back_once_under_a_key_of_its_own(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await decided(world, yuan=20)
        taken = await world.roll_back(open_task(taken, "tell"))
        assert open_keys(taken) == ["decide"]
        assert "refundId" not in taken.instance.variables
        [key] = keys_of(world, "TakeBack")
        assert key is not None
        assert key not in keys_of(world, "Refund")
        taken = await world.commit(open_task(taken, "decide"), {"refundYuan": 10})
        assert open_keys(taken) == ["tell"]
        assert len(keys_of(world, "TakeBack")) == 1
        assert len(set(keys_of(world, "Refund"))) == 2, "another visit, another refund"


async def test_a_refund_that_payments_refuse_is_explained(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        reply_to(
            world,
            "Refund",
            CallFailed(code="UNPROCESSABLE", message="amount must be 1 to 0", retryable=False),
        )
        assert open_keys(await decided(world, yuan=20)) == ["explain"]


async def test_an_unknown_bike_is_asked_for_again(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        known = world.upstream.answers[operation("ReportedBike")]
        reply_to(world, "ReportedBike", CallFailed(code="NOT_FOUND", message="no bike", retryable=False))
        taken = await world.start("bike-lock")
        given: Variables = {"bikeId": "B999999", "problem": "WONT_UNLOCK"}
        taken = await world.commit(open_task(taken, "report"), given)
        assert open_keys(taken) == ["recheck"]
        world.upstream.answers[operation("ReportedBike")] = known
        taken = await world.commit(open_task(taken, "recheck"), {"bikeId": "B100042"})
        assert open_keys(taken) == ["swap"]


async def test_a_report_taken_back_puts_the_bike_back_on_the_street(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await world.start("bike-lock")
        given: Variables = {"bikeId": "B100042", "problem": "WONT_LOCK"}
        taken = await world.commit(open_task(taken, "report"), given)
        taken = await world.commit(open_task(taken, "evidence"), {"place": "新华街229号"})
        assert open_keys(taken) == ["thanks"]
        taken = await world.roll_back(open_task(taken, "thanks"))
        assert open_keys(taken) == ["evidence"]
        assert len(keys_of(world, "BackToStreet")) == 1


async def test_lost_property_waits_for_both_then_for_the_message_then_for_its_return(
    store_data: StoreData,
) -> None:
    async with open_rides(store_data) as world:
        taken = await world.start("lost-property")
        taken = await world.commit(open_task(taken, "describe"), {"orderId": "R1", "item": "BAG"})
        assert open_keys(taken) == ["driver", "user"]
        taken = await world.commit(open_task(taken, "user"), dict(HOME))
        assert open_keys(taken) == ["driver"]
        taken = await world.commit(open_task(taken, "driver"), {"driverSays": "LOOKING"})
        assert open_keys(taken) == []
        [taken] = await world.runtime.send(found_in("R1"))
        assert open_keys(taken) == ["arrange"]
        taken = await world.commit(open_task(taken, "arrange"), {"way": "COURIER", "day": "2026-03-05"})
        taken = await world.commit(open_task(taken, "receipt"), {"signature": "王静"})
        assert taken.tasks == ()
        parent = await world.instances.find(InstanceId("i1"))
        assert parent is not None
        assert parent.status is InstanceStatus.COMPLETED
        assert parent.variables["returned"] is True
        assert parent.variables["foundAt"] == "seat 4"


async def test_a_message_of_another_ride_moves_nothing(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await world.start("lost-property")
        taken = await world.commit(open_task(taken, "describe"), {"orderId": "R1", "item": "BAG"})
        taken = await world.commit(open_task(taken, "user"), dict(HOME))
        await world.commit(open_task(taken, "driver"), {"driverSays": "NO_ANSWER"})
        assert await world.runtime.send(found_in("R2")) == []


async def test_what_the_driver_has_found_goes_back_at_once(store_data: StoreData) -> None:
    async with open_rides(store_data) as world:
        taken = await world.start("lost-property")
        taken = await world.commit(open_task(taken, "describe"), {"orderId": "R1", "item": "KEYS"})
        taken = await world.commit(open_task(taken, "driver"), {"driverSays": "FOUND"})
        taken = await world.commit(open_task(taken, "user"), dict(HOME))
        assert open_keys(taken) == ["arrange"]


def found_in(order: str) -> Message:
    return Message(
        asking=Asking(subject="driver"),
        name="property.found",
        correlation={"orderId": order},
        variables={"place": "seat 4"},
    )
