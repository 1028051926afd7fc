"""Publishing: versions, owners, conflicts, races, and that the old revision serves until the new one does."""

import asyncio
from pathlib import Path

import pytest

from resolvers.errors import AccessDenied, InputInvalid
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import (
    ModuleNotFound,
    ModuleVersionConflict,
    ModuleVersionNotFound,
    ResourcesInvalid,
)
from resolvers.resources.publishing import publish_module, rollback_module
from resolvers.resources.reading import find_module, list_modules, list_versions
from tests.platform.callers import ADMIN, CARE, LOCAL, RIDES
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform

WITH_COLOUR = sdl(more='colour: String @value(const: "red")')


def draft(text: str = sdl(), *, module: str = "bikes", expected: int | None = None) -> Draft:
    return Draft(module=module, sdl=text, expected_version=expected)


def serves(platform: OpenPlatform, field: str) -> bool:
    query = platform.revisions.current().schema.query_type
    assert query is not None
    return field in query.fields


async def test_the_first_publish_makes_version_1_owned_by_the_units_sdl(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        published = await publish_module(platform.context(RIDES), draft())
        assert (published.record.version, published.record.unit) == (1, "rides")
        assert published.revision == platform.revisions.current().revision
        assert serves(platform, "bike")


async def test_a_changed_sdl_makes_the_next_version_and_the_history_keeps_both(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        context = platform.context(RIDES)
        first = await publish_module(context, draft())
        second = await publish_module(context, draft(WITH_COLOUR))
        versions = await list_versions(context, second)
        assert second.record.version == 2
        assert second.revision != first.revision
        assert [(v.version, v.sdl, v.published_by) for v in versions] == [
            (2, WITH_COLOUR, "ruth"),
            (1, sdl(), "ruth"),
        ]
        assert versions[0].published_at > versions[1].published_at


async def test_publishing_the_current_sdl_again_returns_the_current_version(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        first = await publish_module(platform.context(RIDES), draft())
        again = await publish_module(platform.context(RIDES), draft())
        assert again.record == first.record
        assert again.revision == first.revision


async def test_without_an_expected_version_the_last_writer_wins(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft())
        await publish_module(platform.context(RIDES), draft(WITH_COLOUR))
        third = await publish_module(platform.context(RIDES), draft())
        assert third.record.version == 3


async def test_the_expected_version_lets_a_publish_through(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft(expected=0))
        second = await publish_module(platform.context(RIDES), draft(WITH_COLOUR, expected=1))
        assert second.record.version == 2


@pytest.mark.parametrize(("expected", "exists"), [(0, True), (2, True), (1, False)])
async def test_another_version_than_the_expected_one_is_a_conflict(
    expected: int, exists: bool, tmp_path: Path
) -> None:
    async with open_platform(tmp_path) as platform:
        if exists:
            await publish_module(platform.context(RIDES), draft())
        with pytest.raises(ModuleVersionConflict) as refused:
            await publish_module(platform.context(RIDES), draft(WITH_COLOUR, expected=expected))
        assert (refused.value.expected, refused.value.actual) == (expected, int(exists))


async def test_another_units_publisher_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft())
        with pytest.raises(AccessDenied, match="unit rides"):
            await publish_module(platform.context(CARE), draft(WITH_COLOUR))
        with pytest.raises(AccessDenied, match="unit rides"):
            await rollback_module(platform.context(CARE), "bikes", to_version=1)


async def test_a_publisher_cannot_make_a_module_for_another_unit(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with pytest.raises(AccessDenied, match="unit rides"):
            await publish_module(platform.context(CARE), draft())
        assert list_modules(platform.context(CARE)) == []


async def test_only_an_admin_gives_a_module_to_another_unit(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft())
        with pytest.raises(AccessDenied, match="admin"):
            await publish_module(platform.context(RIDES), draft(sdl(unit="care")))
        given = await publish_module(platform.context(ADMIN), draft(sdl(unit="care")))
        assert given.record.unit == "care"
        with pytest.raises(AccessDenied, match="unit care"):
            await publish_module(platform.context(RIDES), draft(WITH_COLOUR))


async def test_the_local_caller_may_do_everything(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(LOCAL), draft())
        given = await publish_module(platform.context(LOCAL), draft(sdl(unit="care")))
        assert given.record.unit == "care"


async def test_what_does_not_compose_is_refused_and_the_old_revision_serves(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        before = await publish_module(platform.context(RIDES), draft())
        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(RIDES), draft(sdl(more="owner: Nobody")))
        assert {problem.code for problem in refused.value.problems} >= {"UNKNOWN_TYPE"}
        assert all(problem.module == "bikes" and problem.line for problem in refused.value.problems)
        assert platform.revisions.current().revision == before.revision
        module = find_module(platform.context(RIDES), "bikes")
        assert module is not None
        assert module.record.version == 1


@pytest.mark.parametrize("text", ["type Query {", "{" * 50_000, ""])
async def test_text_that_is_no_sdl_is_a_problem(text: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with pytest.raises(ResourcesInvalid):
            await publish_module(platform.context(RIDES), draft(text))


@pytest.mark.parametrize("module", ["", "a b", "a@1", "-a", "x" * 65, "a\0", "车"])
async def test_a_module_name_that_is_none_is_a_problem(module: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(RIDES), draft(module=module))
        assert refused.value.problems[0].code == "BAD_MODULE_NAME"


async def test_a_type_of_another_module_is_named_with_its_owner(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft())
        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(RIDES), draft(sdl("other"), module="others"))
        (problem,) = [p for p in refused.value.problems if p.code == "DUPLICATE_TYPE"]
        assert problem.message == "type 'Bike' is defined in module 'bikes' of unit rides"


@pytest.mark.parametrize("module", ["aaa", "others"])
async def test_who_defines_a_field_of_another_module_is_told_whom_to_ask(module: str, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        known = sdl().replace('unit: "rides"', 'unit: "rides", contact: "rides@example.com"')
        await publish_module(platform.context(RIDES), draft(known))

        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(RIDES), draft(sdl(type_name="Cycle"), module=module))

        (problem,) = refused.value.problems
        assert (problem.code, problem.module) == ("DUPLICATE_FIELD", module)
        assert problem.message == (
            "Field 'Query.bike' can only be defined once."
            " The other is in module 'bikes' of unit rides (contact: rides@example.com)."
        )


async def test_rollback_publishes_the_old_text_as_a_new_version(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        context = platform.context(RIDES)
        await publish_module(context, draft())
        await publish_module(context, draft(WITH_COLOUR))
        back = await rollback_module(context, "bikes", to_version=1)
        assert (back.record.version, back.record.current.sdl) == (3, sdl())
        newest, *_ = await list_versions(context, back)
        assert newest.reason == "rollback to version 1"


async def test_rollback_to_what_never_was_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        context = platform.context(RIDES)
        with pytest.raises(ModuleNotFound):
            await rollback_module(context, "bikes", to_version=1)
        await publish_module(context, draft())
        with pytest.raises(ModuleVersionNotFound):
            await rollback_module(context, "bikes", to_version=2)


async def test_reason_and_force_are_kept_with_the_version(tmp_path: Path) -> None:
    forced = Draft(module="bikes", sdl=sdl(), force=True, reason="the API moved")
    async with open_platform(tmp_path) as platform:
        published = await publish_module(platform.context(RIDES), forced)
        (version,) = await list_versions(platform.context(RIDES), published)
        assert (version.forced, version.reason) == (True, "the API moved")


async def test_of_concurrent_publishers_on_two_workers_every_one_gets_a_version_of_its_own(
    tmp_path: Path,
) -> None:
    texts = [sdl(more=f"c{n}: Int @value(const: {n})") for n in range(8)]
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        workers = [one, other] * 4
        published = await asyncio.gather(
            *(publish_module(w.context(RIDES), draft(text)) for w, text in zip(workers, texts, strict=True))
        )
        assert sorted(p.record.version for p in published) == list(range(1, 9))
        assert len(await list_versions(one.context(), max(published, key=lambda p: p.record.version))) == 8


async def test_of_concurrent_publishers_with_the_same_expected_version_one_wins(tmp_path: Path) -> None:
    texts = [sdl(more=f"c{n}: Int @value(const: {n})") for n in range(6)]
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        workers = [one, other] * 3
        outcomes = await asyncio.gather(
            *(
                publish_module(w.context(RIDES), draft(text, expected=0))
                for w, text in zip(workers, texts, strict=True)
            ),
            return_exceptions=True,
        )
        lost = [outcome for outcome in outcomes if isinstance(outcome, ModuleVersionConflict)]
        assert len(lost) == 5


async def test_two_modules_that_fit_alone_and_not_together_are_never_both_published(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        outcomes = await asyncio.gather(
            publish_module(one.context(LOCAL), draft(sdl("left"), module="left")),
            publish_module(other.context(LOCAL), draft(sdl("right"), module="right")),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            "PublishedModule",
            "ResourcesInvalid",
        ]


async def test_a_worker_that_knows_an_older_state_composes_against_the_newest(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        await publish_module(one.context(RIDES), draft())
        extended = (
            sdl("care", unit="care", type_name="Care") + "extend type Bike { tag: Int @value(const: 1) }"
        )
        await publish_module(other.context(CARE), draft(extended, module="care"))
        assert serves(other, "bike")
        assert serves(other, "care")


def test_configuration_that_is_not_json_is_refused() -> None:
    with pytest.raises(InputInvalid):
        Draft(module="bikes", sdl="", config={"key": float("nan")})


async def test_only_an_administrator_publishes_what_reads_a_field_another_unit_guards(tmp_path: Path) -> None:
    guarded = sdl(
        more='secret: String @inaccessible @connect(source: "api", http: { GET: "/s" }, selection: "$.s")'
    )
    reading = """
extend schema @owner(unit: "care")
extend type Bike { hint: String @value(expr: "this.secret") }
"""
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), Draft(module="rides", sdl=guarded))
        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(CARE), Draft(module="care", sdl=reading))
        assert refused.value.problems[0].code == "FOREIGN_GUARDED"
        await publish_module(platform.context(ADMIN), Draft(module="care", sdl=reading))
        assert platform.revisions.current().field("Bike", "hint") is not None
