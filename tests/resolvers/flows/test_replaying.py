"""Past instances replayed on another version: the same way, another one, or not to be told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.flow.errors import FlowInvalid
from engine.flow.formats import ModelFormat
from engine.flow.instance import Variables
from engine.flow.model import JsonObject
from engine.flow.ports import CallFailed
from engine.flow.runtime import Asking, Message
from resolvers.errors import AccessDenied, InputInvalid
from resolvers.flows.definitions import FlowInput, save_flow
from resolvers.flows.replaying import BackTested, BackTestGiven, back_test
from tests.platform.callers import CARE, RIDES
from tests.platform.opened import OpenPlatform, open_platform
from tests.resolvers.flows.models import Json, call, called, chain, flow, model, task
from tests.resolvers.flows.world import FlowWorld, make_world, open_task
from tests.servers.document_stores import StoreData

ORDER, REFUND = "{ order { vip } }", "mutation { refund { id } }"
POLICY = {"auto": {"query": "{ policy { auto } }", "value": "result.policy.auto"}}


def dispute(
    condition: str = "vars.amount > 50", *, read: Any = POLICY, load: str = ORDER, **more: Any
) -> Json:
    """Asks for an amount; a large one is approved; then it is refunded."""
    return model(
        {"key": "start", "type": "startEvent"},
        call("load", load, output={"vip": "result.order.vip"}),
        task("ask"),
        {"key": "route", "type": "exclusiveGateway", "default": "s5", "reads": read},
        task("approve"),
        call("refund", REFUND, output={"refund": "result.refund.id"}),
        {"key": "end", "type": "endEvent"},
        flow("s1", "start", "load"),
        flow("s2", "load", "ask"),
        flow("s3", "ask", "route"),
        flow("s4", "route", "approve", f"{condition} && !reads.auto"),
        flow("s5", "route", "refund"),
        flow("s6", "approve", "refund"),
        flow("s7", "refund", "end"),
    )


async def answers(world: FlowWorld) -> None:
    def giving(data: JsonObject) -> Any:
        async def answer(_: JsonObject) -> JsonObject:
            return data

        return answer

    world.upstream.answers |= {
        ORDER: giving({"order": {"vip": False}}),
        REFUND: giving({"refund": {"id": "r1"}}),
        "{ policy { auto } }": giving({"policy": {"auto": False}}),
    }


async def lived(platform: OpenPlatform, old: Json, *amounts: int) -> FlowWorld:
    """A flow of which instances have run to their end; its draft is the same model."""
    given = FlowInput(key="fee", unit="rides", format=ModelFormat.PAIFANG, model=old)
    await save_flow(platform.context(RIDES), given)
    world = make_world(platform.store)
    await answers(world)
    await world.deploy("fee", old)
    for amount in amounts:
        taken = await world.start("fee")
        taken = await world.commit(open_task(taken, "ask"), {"amount": amount})
        if taken.tasks:
            await world.commit(open_task(taken, "approve"), {"granted": True})
    return world


async def replay(platform: OpenPlatform, new: Json | None = None, **more: Any) -> BackTested:
    principal = more.pop("principal", RIDES)
    read = None if new is None else (ModelFormat.PAIFANG, new)
    given = BackTestGiven(flow_key="fee", model=read, **{"since_days": 30, "limit": 100, **more})
    return await back_test(platform.context(principal), given)


async def test_the_same_model_goes_the_same_way_and_calls_nothing(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        world = await lived(platform, dispute(), 20, 80, 90)
        calls = len(world.upstream.calls)
        report = await replay(platform)
        assert report == BackTested(replayed=3, same=3, different=0, undecidable=0, divergences=[])
        assert len(world.upstream.calls) == calls


async def test_a_limit_that_is_raised_shows_who_would_go_elsewhere(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await lived(platform, dispute(), 20, 80, 90, 200)
        report = await replay(platform, dispute("vars.amount > 100"))
        assert (report.same, report.different, report.undecidable) == (2, 2, 0)
        [divergence] = report.divergences
        assert isinstance(divergence, dict)
        assert (divergence["at"], divergence["was"], divergence["wouldBe"], divergence["count"]) == (
            "approve",
            "approve was open",
            "COMPLETED",
            2,
        )


async def test_a_limit_that_is_lowered_leaves_a_task_open(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await lived(platform, dispute(), 20)
        [divergence] = (await replay(platform, dispute("vars.amount > 10"))).divergences
        assert isinstance(divergence, dict)
        assert (divergence["at"], divergence["wouldBe"]) == ("end", "open is approve")


async def test_what_the_history_does_not_say_is_undecidable(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await lived(platform, dispute(), 80)
        other = {"auto": {"query": "{ policy { automatic } }", "value": "result.policy.automatic"}}
        for new in (dispute(read=other), dispute(load="{ order { vip city } }")):
            report = await replay(platform, new)
            assert (report.different, report.undecidable) == (0, 1)


async def test_a_mutation_more_or_less_is_different(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await lived(platform, dispute(), 20)
        more = dispute()
        for one in more["elements"]:
            if one.get("target") == "end":
                one["target"] = "coupon"
        more["elements"] += [call("coupon", "mutation { coupon { id } }"), flow("s8", "coupon", "end")]
        report = await replay(platform, more)
        assert [one["wouldBe"] for one in report.divergences if isinstance(one, dict)] == ["it calls coupon"]
        less = chain(call("load", ORDER, output={"vip": "result.order.vip"}), task("ask"))
        report = await replay(platform, less)
        assert [one["wouldBe"] for one in report.divergences if isinstance(one, dict)] == ["it is not called"]


async def test_messages_called_flows_and_rolled_back_tasks_are_replayed(
    tmp_path: Path, store_data: StoreData
) -> None:
    wait = {
        "key": "wait",
        "type": "messageCatchEvent",
        "message": "found",
        "output": {"place": "message.place"},
    }
    old = chain(task("ask"), wait, called("check", "child"), task("tell"))
    async with open_platform(tmp_path, store_data) as platform:
        given = FlowInput(key="fee", unit="rides", format=ModelFormat.PAIFANG, model=old)
        await save_flow(platform.context(RIDES), given)
        world = make_world(platform.store)
        await world.deploy("child", chain(task("inspect")))
        await world.deploy("fee", old)
        taken = await world.start("fee", case="c1")
        taken = await world.commit(open_task(taken, "ask"))
        variables: Variables = {"place": "seat 4"}
        message = Message(asking=Asking(subject="driver"), name="found", case_id="c1", variables=variables)
        [taken] = await world.runtime.send(message)
        taken = await world.commit(open_task(taken, "inspect"), {"lock": "broken"})
        taken = await world.roll_back(open_task(taken, "tell"))
        taken = await world.commit(open_task(taken, "inspect"), {"lock": "fine"})
        await world.commit(open_task(taken, "tell"))
        assert (await replay(platform)).same == 1
        fewer = chain(task("ask"), wait, task("tell"))
        [divergence] = (await replay(platform, fewer)).divergences
        assert isinstance(divergence, dict)
        assert (divergence["at"], divergence["wouldBe"]) == ("check", "open is tell")


GUARDED = model(
    {"key": "start", "type": "startEvent"},
    call("refund", REFUND, output={"refund": "result.refund.id"}),
    {"key": "failed", "type": "boundaryEvent", "attachedTo": "refund", "error": "*"},
    task("ask"),
    {"key": "late", "type": "boundaryEvent", "attachedTo": "ask", "duration": "PT30M"},
    {"key": "end", "type": "endEvent"},
    {"key": "escalated", "type": "endEvent"},
    flow("s1", "start", "refund"),
    flow("s2", "refund", "end"),
    flow("s3", "failed", "ask"),
    flow("s4", "ask", "end"),
    flow("s5", "late", "escalated"),
)


async def test_calls_that_failed_and_timers_that_fired_do_so_again(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        world = await lived(platform, GUARDED)

        async def fail(_: JsonObject) -> JsonObject:
            raise CallFailed(code="UPSTREAM_STATUS", message="gone", retryable=False)

        world.upstream.answers[REFUND] = fail
        taken = await world.start("fee")
        assert [one.element for _, one in taken.tasks] == ["ask"]
        world.clock.move(timedelta(minutes=30))
        await world.runtime.watch.look()
        assert (await replay(platform)) == BackTested(
            replayed=1, same=1, different=0, undecidable=0, divergences=[]
        )
        elsewhere = {**GUARDED, "elements": [dict(one) for one in GUARDED["elements"]]}
        elsewhere["elements"][-1]["target"] = "end"
        [divergence] = (await replay(platform, elsewhere)).divergences
        assert isinstance(divergence, dict)
        assert (divergence["was"], divergence["wouldBe"]) == ("escalated", "end")


async def test_only_completed_instances_of_the_time_and_number_asked_for_are_replayed(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        world = await lived(platform, dispute(), 20, 80, 90)
        await world.start("fee")
        assert (await replay(platform, limit=2)).replayed == 2
        assert (await replay(platform)).replayed == 3


async def test_who_may_not_and_what_cannot_is_refused(tmp_path: Path, store_data: StoreData) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await lived(platform, dispute())
        with pytest.raises(AccessDenied):
            await replay(platform, principal=CARE)
        with pytest.raises(FlowInvalid):
            await replay(platform, chain({"key": "ask", "type": "userTsk"}))
        with pytest.raises(FlowInvalid):
            await replay(platform, dispute("vars.amount >"))
        wrongs: list[dict[str, Any]] = [{"limit": 0}, {"limit": 5_001}, {"since_days": 0}]
        for wrong in wrongs:
            with pytest.raises(InputInvalid):
                await replay(platform, **wrong)
