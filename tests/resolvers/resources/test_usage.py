"""Publishing what would break a deployed flow is refused, with the flow and the element named."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.access import Principal
from engine.flow.formats import ModelFormat
from engine.flow.instance import task_id
from engine.flow.model import JsonObject
from engine.problem import Problem, Severity
from resolvers.flows.definitions import FlowInput, save_flow
from resolvers.flows.deploying import deploy_flow
from resolvers.flows.running import commit_task, start_flow
from resolvers.resources.checking import check_module
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import ResourcesInvalid
from resolvers.resources.publishing import publish_module, rollback_module
from resolvers.resources.reading import PublishedModule, list_versions
from tests.platform.callers import ADMIN, LOCAL, RIDES
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform

FREE = 'tag: String! @value(const: "a") status: Status! @value(const: "FREE") '
ENUM = "\nenum Status { FREE LOST }\n"
BIKES = sdl(more=FREE).replace("): Bike", "): Bike!") + ENUM
QUERY = '{ bike(id: "1") { tag } }'


def flow(query: str = QUERY, *, wait: bool = False) -> dict[str, object]:
    """start → look (asks the query) → route, by the tag → end"""
    look: Mapping[str, object] = {
        "key": "look",
        "type": "serviceTask",
        "call": {"query": query},
        "output": {"tag": "result.bike.tag"},
    }
    kind = {"key": "route", "type": "userTask"} if wait else {"key": "route", "type": "exclusiveGateway"}
    return {
        "elements": [
            {"key": "start", "type": "startEvent"},
            look,
            {**kind, "default": "other"},
            {"key": "end", "type": "endEvent"},
            {"key": "f1", "type": "sequenceFlow", "source": "start", "target": "look"},
            {"key": "f2", "type": "sequenceFlow", "source": "look", "target": "route"},
            {
                "key": "a",
                "type": "sequenceFlow",
                "source": "route",
                "target": "end",
                "condition": "vars.tag.size() > 2",
            },
            {"key": "other", "type": "sequenceFlow", "source": "route", "target": "end"},
        ]
    }


def calling(key: str) -> dict[str, object]:
    return {
        "elements": [
            {"key": "start", "type": "startEvent"},
            {"key": "call", "type": "callActivity", "flow": key},
            {"key": "end", "type": "endEvent"},
            {"key": "f1", "type": "sequenceFlow", "source": "start", "target": "call"},
            {"key": "f2", "type": "sequenceFlow", "source": "call", "target": "end"},
        ]
    }


async def answer_tag(_: JsonObject) -> JsonObject:
    return {"bike": {"tag": "a"}}


async def publish(
    platform: OpenPlatform, text: str, caller: Principal = LOCAL, **more: object
) -> PublishedModule:
    force, reason = bool(more.get("force", False)), more.get("reason")
    draft = Draft(module="bikes", sdl=text, force=force, reason=None if reason is None else str(reason))
    return await publish_module(platform.context(caller), draft)


async def deploy(platform: OpenPlatform, model: object, *, key: str = "lost", rollout: int = 100) -> None:
    context = platform.context(LOCAL)
    await save_flow(context, FlowInput(key=key, unit="rides", format=ModelFormat.PAIFANG, model=model))
    await deploy_flow(context, key, note=None, rollout=rollout)


async def refused(
    platform: OpenPlatform, text: str, caller: Principal = LOCAL, **more: object
) -> list[Problem]:
    with pytest.raises(ResourcesInvalid) as failed:
        await publish(platform, text, caller, **more)
    return list(failed.value.problems)


async def test_removing_a_field_of_a_deployed_flow_is_refused_naming_it(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        before = await publish(platform, BIKES)
        await deploy(platform, flow())

        [problem] = await refused(platform, sdl())

        assert (problem.code, problem.path) == ("BREAKS_FLOW", "lost@1/look/call/query")
        assert "'lost', version 1, element 'look'" in problem.message
        assert "Bike.tag" in problem.message or "'tag'" in problem.message
        assert platform.revisions.current().revision == before.revision


async def test_what_no_flow_uses_may_go(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())
        without_status = sdl(more='tag: String! @value(const: "a")')
        assert (await publish(platform, without_status)).record.version == 2


async def test_what_is_taken_away_below_a_flow_is_refused_too(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        asks = 'query ($s: Status) { bike(id: "1", as: $s) { tag } }'
        text = BIKES.replace("(id: ID!)", "(id: ID!, as: Status)")
        await publish(platform, text)
        model = flow(asks)
        await deploy(platform, model)

        assert [one.code for one in await refused(platform, text.replace(", as: Status", ""))] == [
            "BREAKS_FLOW"
        ]
        assert [
            one.code for one in await refused(platform, text.replace("(id: ID!", "(id: ID!, by: ID!"))
        ] == ["BREAKS_FLOW"]


async def test_checking_tells_what_publishing_would_and_who_uses_what(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())

        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=sdl()))

        assert not report.ok
        assert [one.code for one in report.problems] == ["BREAKS_FLOW"]
        used = {change.coordinate: change.used_by for change in report.changes}
        assert used["Bike.tag"] == ("flow lost@1",)
        assert used["Bike.status"] == ()


async def test_an_admin_publishes_all_the_same_with_force_and_a_reason_which_are_kept(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())

        assert await refused(platform, sdl(), RIDES, force=True, reason="the API is gone")
        assert await refused(platform, sdl(), ADMIN, force=True)
        assert await refused(platform, sdl(), ADMIN, reason="the API is gone")
        published = await publish(platform, sdl(), ADMIN, force=True, reason="the API is gone")

        version = (await list_versions(platform.context(ADMIN), published))[0]
        assert version.forced
        assert version.reason == "the API is gone (forced, breaks lost@1/look/call/query)"


async def test_what_is_broken_already_does_not_refuse_the_next_publish(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())
        await publish(platform, sdl(), ADMIN, force=True, reason="gone")
        assert (await publish(platform, sdl(more="colour: Int @value(const: 1)"))).record.version == 3


async def test_a_rollback_is_held_to_the_same(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        await publish(platform, BIKES)
        await deploy(platform, flow())
        with pytest.raises(ResourcesInvalid, match="BREAKS_FLOW"):
            await rollback_module(platform.context(LOCAL), "bikes", to_version=1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("tag: String! @value", "tag: String @value"), "NULL_IN_CONDITION"),
        (("tag: String!", 'tag: String! @deprecated(reason: "no")'), "FIELD_DEPRECATED"),
        (("tag: String!", 'tag: String! @access(roles: ["boss"])'), "FIELD_NOT_ACCESSIBLE"),
    ],
)
async def test_what_may_go_wrong_is_a_warning(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())
        text = BIKES.replace(*change)

        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=text))

        assert report.ok
        [problem] = [one for one in report.problems if one.code == "AFFECTS_FLOW"]
        assert problem.severity is Severity.WARNING
        assert said in problem.message
        assert (await publish(platform, text)).record.version == 2


async def test_a_field_of_another_type_breaks_the_condition_that_computes_with_it(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())
        [problem] = await refused(
            platform, BIKES.replace('tag: String! @value(const: "a")', "tag: Int! @value(const: 1)")
        )
        assert (problem.code, problem.path) == ("BREAKS_FLOW", "lost@1/a/condition")


async def test_a_deployment_counts_while_it_can_start_or_runs(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow(wait=True))
        platform.upstream.answers[QUERY] = answer_tag
        context = platform.context(LOCAL)
        taken = await start_flow(
            context, flow_key="lost", deployment=None, variables={}, case_id=None, key=None
        )
        await deploy(platform, flow('{ bike(id: "1") { tag: status } }'))
        without_tag = BIKES.replace('tag: String! @value(const: "a")', "")
        assert [one.path for one in await refused(platform, without_tag)] == ["lost@1/look/call/query"]

        [(where, task)] = taken.tasks
        await commit_task(
            context,
            task_id(where.id, task.node),
            variables={},
            partial=False,
            expected_version=None,
            key=None,
        )

        assert (await publish(platform, without_tag)).record.version == 2


async def test_a_withdrawn_deployment_does_not_count_and_one_that_is_called_does(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        await deploy(platform, flow())
        await deploy(platform, calling("lost"), key="caller")
        await deploy(platform, flow(), rollout=0)
        assert [one.path for one in await refused(platform, sdl())] == ["lost@1/look/call/query"]

        await deploy(platform, calling("lost"), key="caller", rollout=0)

        assert (await publish(platform, sdl())).record.version == 2
