"""Checking says what publishing would say and changes nothing."""

from pathlib import Path

from engine.problem import Severity
from resolvers.resources.checking import ResourcesReport, check_module
from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module
from tests.platform.callers import ADMIN, CARE, READER, RIDES
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform


async def publish(platform: OpenPlatform, text: str) -> None:
    await publish_module(platform.context(ADMIN), Draft(module="bikes", sdl=text))


def codes(report: ResourcesReport) -> list[str]:
    return [problem.code for problem in report.problems]


async def test_a_new_module_is_fine_and_adds_to_the_schema(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        report = await check_module(platform.context(READER), Draft(module="bikes", sdl=sdl()))
        assert report.ok
        added = {(change.coordinate, change.kind, change.breaking) for change in report.changes}
        assert {("Bike", "TYPE_ADDED", False), ("Query.bike", "FIELD_ADDED", False)} <= added
        assert platform.services.keeper.catalog.stored == {}
        assert platform.revisions.served == []


async def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = sdl(more="owner: Nobody other: Nothing")
    async with open_platform(tmp_path) as platform:
        report = await check_module(platform.context(READER), Draft(module="bikes", sdl=text))
        assert not report.ok
        assert codes(report).count("UNKNOWN_TYPE") == 2
        assert report.changes == ()


async def test_a_removed_field_is_a_breaking_change_and_an_unchanged_module_changes_nothing(
    tmp_path: Path,
) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl(more="tag: Int @value(const: 1)"))
        removed = await check_module(platform.context(READER), Draft(module="bikes", sdl=sdl()))
        (change,) = removed.changes
        assert (change.coordinate, change.kind, change.breaking) == ("Bike.tag", "FIELD_REMOVED", True)
        same = await check_module(
            platform.context(READER), Draft(module="bikes", sdl=sdl(more="tag: Int @value(const: 1)"))
        )
        assert same.changes == ()


async def test_a_field_that_becomes_inaccessible_is_removed_for_clients(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl(more="tag: Int @value(const: 1)"))
        hidden = sdl(more="tag: Int @value(const: 1) @inaccessible extra: Int @value(const: 2) @inaccessible")
        report = await check_module(platform.context(READER), Draft(module="bikes", sdl=hidden))
        assert [(c.coordinate, c.kind, c.breaking) for c in report.changes] == [
            ("Bike.tag", "FIELD_REMOVED", True)
        ]


async def test_a_stale_expected_version_is_a_problem(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        draft = Draft(module="bikes", sdl=sdl(), expected_version=0)
        assert "VERSION_CONFLICT" in codes(await check_module(platform.context(RIDES), draft))
        fresh = Draft(module="bikes", sdl=sdl(), expected_version=1)
        assert (await check_module(platform.context(RIDES), fresh)).ok


async def test_another_owner_is_a_warning(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        report = await check_module(platform.context(CARE), Draft(module="bikes", sdl=sdl(unit="care")))
        (problem,) = report.problems
        assert (problem.code, problem.severity) == ("OWNER_CHANGED", Severity.WARNING)
        assert '@owner(unit: "rides")' in (problem.suggestion or "")
        assert report.ok


async def test_a_module_that_would_break_another_one_is_refused_with_the_others_problem(
    tmp_path: Path,
) -> None:
    extension = 'extend schema @owner(unit: "care") extend type Bike { tag: Int @value(const: 1) }'
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        await publish_module(platform.context(CARE), Draft(module="care", sdl=extension))
        renamed = sdl(type_name="Cycle")
        report = await check_module(platform.context(RIDES), Draft(module="bikes", sdl=renamed))
        assert not report.ok
        assert "care" in {problem.module for problem in report.problems}
