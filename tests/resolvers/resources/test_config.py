"""$config values: sealed in the store, kept apart from versions, told to nobody."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.security.secrets import KEY_FILE
from resolvers.resources.checking import check_module
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import ResourcesInvalid
from resolvers.resources.publishing import publish_module, rollback_module
from resolvers.resources.records import MODULES
from tests.platform.callers import RIDES
from tests.platform.modules import SECRET_HEADER, sdl
from tests.platform.opened import OpenPlatform, open_platform

CANARY = "k3y-of-the-b1ke-api"
TEXT = sdl(header=SECRET_HEADER)
TAGGED = sdl(header=SECRET_HEADER, more="tag: Int @value(const: 1)")


def draft(config: Mapping[str, object] | None, text: str = TEXT) -> Draft:
    return Draft(module="bikes", sdl=text, config=config)


def config_of(platform: OpenPlatform) -> Mapping[str, object]:
    return platform.revisions.current().modules["bikes"].config


def assert_in_no_file_of(folder: Path) -> None:
    contents = [path.read_bytes() for path in folder.iterdir()]
    assert contents
    assert not any(CANARY.encode() in content for content in contents)


async def test_values_reach_the_registry_and_nothing_that_is_printed_or_stored(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        published = await publish_module(platform.context(RIDES), draft({"key": CANARY}))
        stored = await platform.store.get(MODULES, "bikes")
        assert config_of(platform) == {"key": CANARY}
        told = (published, stored, draft({"key": CANARY}), platform.services.keeper.catalog.stored)
        assert CANARY not in repr(told)
    assert_in_no_file_of(tmp_path)


async def test_values_are_kept_when_a_publish_omits_them(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft({"key": CANARY}))
        changed = await publish_module(platform.context(RIDES), draft(None, TAGGED))
        assert changed.record.version == 2
        assert config_of(platform) == {"key": CANARY}


async def test_an_empty_object_takes_the_values_away(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft({"key": CANARY}, sdl()))
        await publish_module(platform.context(RIDES), draft({}, sdl()))
        assert config_of(platform) == {}


async def test_the_same_sdl_with_other_values_is_a_new_version_and_with_the_same_values_is_not(
    tmp_path: Path,
) -> None:
    async with open_platform(tmp_path) as platform:
        context = platform.context(RIDES)
        first = await publish_module(context, draft({"key": CANARY, "n": 1}))
        same = await publish_module(context, draft({"n": 1, "key": CANARY}))
        other = await publish_module(context, draft({"key": CANARY, "n": True}))
        assert [first.record.version, same.record.version, other.record.version] == [1, 1, 2]
        assert first.revision == other.revision  # the schema is the same, and secrets leave no trace in it


async def test_rollback_keeps_the_values_of_today(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        context = platform.context(RIDES)
        await publish_module(context, draft({"key": "old"}))
        await publish_module(context, draft({"key": CANARY}, TAGGED))
        back = await rollback_module(context, "bikes", to_version=1)
        assert back.record.current.sdl == TEXT
        assert config_of(platform) == {"key": CANARY}


async def test_refusals_and_reports_do_not_hold_the_values(tmp_path: Path) -> None:
    broken = draft({"key": CANARY, CANARY: 1}, sdl(header=SECRET_HEADER, more="tag: Nothing"))
    async with open_platform(tmp_path) as platform:
        with pytest.raises(ResourcesInvalid) as refused:
            await publish_module(platform.context(RIDES), broken)
        report = await check_module(platform.context(RIDES), broken)
        assert CANARY not in f"{refused.value} {refused.value.facts} {refused.value!r} {report}"


async def test_another_worker_reads_the_values(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        await publish_module(one.context(RIDES), draft({"key": CANARY}))
        catalog = await other.services.keeper.refresh()
        assert catalog.registry.modules["bikes"].config == {"key": CANARY}


async def test_under_another_key_the_module_is_left_out_until_it_is_published_with_its_values(
    tmp_path: Path,
) -> None:
    async with open_platform(tmp_path) as platform:
        await publish_module(platform.context(RIDES), draft({"key": CANARY}))
    (tmp_path / KEY_FILE).unlink()
    async with open_platform(tmp_path) as platform:
        catalog = await platform.services.keeper.refresh()
        assert [problem.code for problem in catalog.left_out["bikes"]] == ["CONFIG_UNREADABLE"]
        assert "bikes" not in catalog.registry.modules
        again = await publish_module(platform.context(RIDES), draft({"key": CANARY}))
        assert again.problems == ()
        assert config_of(platform) == {"key": CANARY}
