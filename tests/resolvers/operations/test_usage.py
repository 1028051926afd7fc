"""Publishing what would break a client's operation is refused, with the operation and the client named."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.access import Principal
from engine.problem import Problem, Severity
from resolvers.resources.checking import check_module
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import ResourcesInvalid
from resolvers.resources.publishing import publish_module, rollback_module
from resolvers.resources.reading import PublishedModule, list_versions
from tests.platform.callers import ADMIN, RIDES
from tests.platform.modules import sdl
from tests.platform.opened import USED_FOR, Clock, OpenPlatform, open_platform
from tests.servers.document_stores import StoreData

APP = "app/4.2"
FIND = "find(where: Where, state: State = FREE): Bike @value(const: null)"
INPUTS = "input Where { city: String more: More } input More { size: Int } enum State { FREE TAKEN }"
MORE = 'tag: String! @value(const: "a") state: State! @value(const: "FREE") thing: Thing @value(const: null)'
THINGS = "union Thing = Bike | Car type Car { id: ID @value(const: 1) }"
BIKES = "\n".join([sdl(more=MORE).replace("type Query {", "type Query { " + FIND), INPUTS, THINGS])
SCREEN = 'query Screen { bike(id: "1") { tag } }'


async def publish(
    platform: OpenPlatform, text: str, caller: Principal = RIDES, *, reason: str | None = None
) -> PublishedModule:
    draft = Draft(module="bikes", sdl=text, force=reason is not None, reason=reason)
    return await publish_module(platform.context(caller), draft)


async def refused(platform: OpenPlatform, text: str, caller: Principal = RIDES) -> list[Problem]:
    with pytest.raises(ResourcesInvalid) as failed:
        await publish(platform, text, caller)
    return list(failed.value.problems)


def changed(old: str, new: str) -> str:
    assert old in BIKES
    return BIKES.replace(old, new)


WITHOUT_TAG = changed('tag: String! @value(const: "a")', "")


async def test_removing_a_field_that_a_client_asks_for_is_refused_naming_both(
    store_data: StoreData, tmp_path: Path
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        before = await publish(platform, BIKES)
        platform.count(SCREEN, APP, times=3)

        [problem] = await refused(platform, WITHOUT_TAG)

        assert problem.code == "BREAKS_OPERATION"
        assert (problem.path or "").endswith("/Bike.tag")
        assert problem.message.startswith("the operation Screen (")
        assert "of app/4.2, run 3 times, last 2126-11-23 08:00 UTC: " in problem.message
        assert "Cannot query field 'tag' on type 'Bike'." in problem.message
        assert "deprecate it" in (problem.suggestion or "")
        assert platform.revisions.current().revision == before.revision


async def test_what_no_client_asks_for_may_go(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count('{ bike(id: "1") { name } }', APP)
        assert (await publish(platform, WITHOUT_TAG)).record.version == 2


@pytest.mark.parametrize(
    ("operation", "old", "new", "where"),
    [
        (SCREEN, "tag: String! @value(const:", "tag: String @value(const:", "Bike.tag"),
        (SCREEN, 'tag: String! @value(const: "a")', "tag: Int! @value(const: 1)", "Bike.tag"),
        ("{ find { tag } }", "find(where: Where,", "find(where: Where!,", "Query.find"),
        ("query ($w: Where) { find(where: $w) { tag } }", "city: String", "city: String!", "Where.city"),
        ("query ($w: Where) { find(where: $w) { tag } }", "size: Int", "size: Int at: Int!", "More.at"),
        ('{ find(where: { city: "SZ" }) { tag } }', "city: String ", "", "Query.find"),
        ("{ find(state: TAKEN) { tag } }", "FREE TAKEN", "FREE", "Query.find"),
        ("query ($s: State) { find(state: $s) { tag } }", "FREE TAKEN", "FREE", "State.TAKEN"),
        ("{ find { ...F } } fragment F on Bike { tag }", 'tag: String! @value(const: "a")', "", "Bike.tag"),
        (SCREEN, "tag: String! @value", "tag: String! @inaccessible @value", "Bike.tag"),
    ],
)
async def test_an_operation_breaks_when_it_fails_or_what_it_relies_on_differs(
    operation: str, old: str, new: str, where: str, tmp_path: Path
) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(operation, APP)

        problems = await refused(platform, changed(old, new))

        assert {problem.code for problem in problems} == {"BREAKS_OPERATION"}
        assert where in [(problem.path or "").partition("/")[2] for problem in problems]


@pytest.mark.parametrize(
    ("operation", "old", "new", "where"),
    [
        ("{ find { state } }", "FREE TAKEN", "FREE TAKEN LOST", "State.LOST"),
        ("{ find { thing { __typename } } }", "Bike | Car", "Bike | Car | Two", "Thing"),
        ("{ find { tag } }", "State = FREE", "State = TAKEN", "Query.find(state:)"),
        (SCREEN, "tag: String! @value", "tag: String! @authenticated @value", "Bike.tag"),
    ],
)
async def test_what_may_matter_is_a_warning(
    operation: str, old: str, new: str, where: str, tmp_path: Path
) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(operation, APP)
        text = changed(old, new) + ("type Two { id: ID @value(const: 1) }" if "Two" in new else "")

        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=text))

        assert report.ok
        [problem] = [one for one in report.problems if one.code == "AFFECTS_OPERATION"]
        assert problem.severity is Severity.WARNING
        assert (problem.path or "").partition("/")[2] == where
        assert (await publish(platform, text)).record.version == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('tag: String! @value(const: "a")', 'tag: String! @value(const: "b")'),
        ("find(where: Where,", "find(near: String, where: Where,"),
        ("city: String", "city: String street: String"),
        ("size: Int", "size: Int!"),
    ],
)
async def test_what_does_not_bear_on_an_operation_is_not_told(old: str, new: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(SCREEN, APP)
        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=changed(old, new)))
        assert [one for one in report.problems if "OPERATION" in one.code] == []


async def test_callers_without_a_name_are_told_of_and_hold_nobody_up(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(SCREEN, "(unknown)")

        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=WITHOUT_TAG))

        assert report.ok
        [problem] = [one for one in report.problems if one.code == "AFFECTS_OPERATION"]
        assert "of (unknown), run 1 times" in problem.message
        assert (await publish(platform, WITHOUT_TAG)).record.version == 2


async def test_an_operation_that_no_client_runs_any_more_does_not_count(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(SCREEN, APP)
        assert [one.code for one in await refused(platform, WITHOUT_TAG)] == ["BREAKS_OPERATION"]

        clock = platform.services.now
        assert isinstance(clock, Clock)
        clock.time += USED_FOR + timedelta(hours=1)

        assert (await publish(platform, WITHOUT_TAG)).record.version == 2


async def test_what_one_worker_counted_and_wrote_holds_up_another(
    store_data: StoreData, tmp_path: Path
) -> None:
    async with open_platform(tmp_path, store_data) as one, open_platform(tmp_path, store_data) as other:
        await publish(one, BIKES)
        one.count(SCREEN, APP)
        await check_module(one.context(RIDES), Draft(module="bikes", sdl=WITHOUT_TAG))
        assert [problem.code for problem in await refused(other, WITHOUT_TAG)] == ["BREAKS_OPERATION"]


async def test_checking_names_the_operations_that_use_what_changes(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(SCREEN, APP)

        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=WITHOUT_TAG))

        assert not report.ok
        [used] = [change.used_by for change in report.changes if change.coordinate == "Bike.tag"]
        assert [user.partition(" (")[0] for user in used] == ["operation Screen"]


async def test_an_admin_publishes_all_the_same_and_the_history_says_what_was_broken(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, BIKES)
        platform.count(SCREEN, APP)
        with pytest.raises(ResourcesInvalid):
            await publish(platform, WITHOUT_TAG, reason="the tag is wrong")

        done = await publish(platform, WITHOUT_TAG, ADMIN, reason="the tag is wrong")

        [newest, _] = await list_versions(platform.context(ADMIN), done)
        assert (newest.reason or "").startswith("the tag is wrong (forced, breaks ")
        assert "/Bike.tag)" in (newest.reason or "")
        assert newest.forced


async def test_going_back_is_held_to_the_same_and_an_admin_may_force_it(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, WITHOUT_TAG)
        await publish(platform, BIKES)
        platform.count(SCREEN, APP)

        with pytest.raises(ResourcesInvalid) as failed:
            await rollback_module(platform.context(RIDES), "bikes", to_version=1)
        assert [problem.code for problem in failed.value.problems] == ["BREAKS_OPERATION"]

        back = await rollback_module(
            platform.context(ADMIN), "bikes", to_version=1, force=True, reason="tags leak"
        )
        assert back.record.version == 3
        [newest, *_] = await list_versions(platform.context(ADMIN), back)
        assert (newest.reason or "").startswith("rollback to version 1: tags leak (forced, breaks ")
