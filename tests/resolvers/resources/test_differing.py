"""What differs between versions of a module, how bad it is, and who is concerned."""

from pathlib import Path

import pytest

from resolvers.resources.differing import compare_versions
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import ModuleVersionNotFound, ResourcesInvalid
from resolvers.resources.publishing import publish_module
from resolvers.resources.reading import PublishedModule, find_module
from tests.platform.callers import LOCAL, READER
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform

ENUM = "enum State { FREE %s }"
FIRST = sdl(more='state: State @value(const: "FREE") tag: String @value(const: "a")') + ENUM % ""
SECOND = sdl(more='state: State @value(const: "FREE") colour: String @value(const: "b")') + ENUM % "LOST"


async def publish(platform: OpenPlatform, text: str, module: str = "bikes") -> PublishedModule:
    return await publish_module(platform.context(LOCAL), Draft(module=module, sdl=text))


async def two_versions(platform: OpenPlatform) -> PublishedModule:
    await publish(platform, FIRST)
    platform.count('query Screen { bike(id: "1") { tag } }', "(unknown)")
    return await publish(platform, SECOND)


async def test_versions_differ_by_level_and_by_who_uses_them(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        module = await two_versions(platform)

        changes = await compare_versions(platform.context(LOCAL), module, old=1, new=2)

        assert [(one.level, one.coordinate) for one in changes] == [
            ("BREAKING", "Bike.tag"),
            ("DANGEROUS", "State.LOST"),
            ("SAFE", "Bike.colour"),
        ]
        assert [user.partition(" (")[0] for user in changes[0].used_by] == ["operation Screen"]
        back = await compare_versions(platform.context(LOCAL), module, old=2, new=1)
        assert [(one.level, one.coordinate) for one in back] == [
            ("BREAKING", "Bike.colour"),
            ("BREAKING", "State.LOST"),
            ("SAFE", "Bike.tag"),
        ]
        assert list(await compare_versions(platform.context(LOCAL), module, old=2, new=2)) == []


async def test_a_version_that_never_was_or_no_longer_fits_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(
            platform, sdl(more="car: Car @value(const: null)") + "type Car { id: ID @value(const: 1) }"
        )
        module = await publish(platform, sdl())
        await publish(platform, sdl("car", type_name="Car"), module="cars")

        with pytest.raises(ModuleVersionNotFound):
            await compare_versions(platform.context(LOCAL), module, old=7, new=2)
        with pytest.raises(ResourcesInvalid) as refused:
            await compare_versions(platform.context(LOCAL), module, old=1, new=2)
        assert "DUPLICATE_TYPE" in [one.code for one in refused.value.problems]


async def test_the_api_tells_the_difference_to_what_is_published(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await two_versions(platform)
        assert find_module(platform.context(LOCAL), "bikes") is not None
        asked = '{ resourceModule(name: "bikes") { diff(fromVersion: 1) { level coordinate kind usedBy } } }'

        told = await platform.execute(asked, principal=READER)

        assert told.errors is None
        assert told.data is not None
        first, *_ = told.data["resourceModule"]["diff"]
        assert (first["level"], first["coordinate"], first["kind"]) == (
            "BREAKING",
            "Bike.tag",
            "FIELD_REMOVED",
        )
        assert len(first["usedBy"]) == 1
