"""The same request under one idempotency key is done once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.access import Principal
from resolvers.errors import IdempotencyKeyReused
from resolvers.idempotency import IdempotencyKey
from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module
from resolvers.resources.reading import PublishedModule
from tests.platform.callers import ADMIN, RIDES
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform

KEY = IdempotencyKey(text="k1", scope="publishResources")
TAGGED = sdl(more="tag: Int @value(const: 1)")


async def publish(
    platform: OpenPlatform,
    text: str,
    key: IdempotencyKey | None = KEY,
    *,
    expected: int | None = None,
    caller: Principal = RIDES,
) -> PublishedModule:
    draft = Draft(module="bikes", sdl=text, expected_version=expected, config={"key": "v"})
    return await publish_module(platform.context(caller), draft, idempotency_key=key)


async def test_a_repeat_returns_the_first_result_and_does_nothing(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        first = await publish(platform, sdl(), expected=0)
        await publish(platform, TAGGED, None)
        repeat = await publish(platform, sdl(), expected=0)
        assert repeat.record.current == first.record.current
        assert platform.services.keeper.catalog.stored["bikes"].record.version == 2


async def test_concurrent_repeats_on_two_workers_publish_once(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        published = await asyncio.gather(*(publish(w, sdl(), expected=0) for w in (one, other) * 3))
        assert {p.record.version for p in published} == {1}


async def test_a_repeat_of_what_changed_nothing_changes_nothing_later_either(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl(), None)
        await publish(platform, sdl())
        await publish(platform, TAGGED, None)
        repeat = await publish(platform, sdl())
        assert repeat.record.version == 1


@pytest.mark.parametrize(("hours", "remembered"), [(23, True), (25, False)])
async def test_a_key_is_remembered_for_a_day(tmp_path: Path, hours: int, remembered: bool) -> None:
    sent_at = datetime.now(UTC) - timedelta(hours=hours)
    async with open_platform(tmp_path, start=sent_at) as platform:
        await publish(platform, sdl())
        await publish(platform, TAGGED, IdempotencyKey(text="a later one", scope="publishResources"))
        repeat = await publish(platform, sdl())
        assert repeat.record.version == (1 if remembered else 3)


async def test_the_key_with_another_input_is_refused(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        with pytest.raises(IdempotencyKeyReused):
            await publish(platform, TAGGED)


async def test_keys_of_other_callers_and_other_fields_are_other_keys(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, sdl())
        by_another = await publish(platform, TAGGED, caller=ADMIN)
        elsewhere = await publish(platform, sdl(), IdempotencyKey(text="k1", scope="second"))
        assert (by_another.record.version, elsewhere.record.version) == (2, 3)


async def test_a_refused_request_may_be_sent_again_under_its_key(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with pytest.raises(Exception, match="not 5"):
            await publish(platform, sdl(), expected=5)
        published = await publish(platform, TAGGED)
        assert published.record.version == 1
