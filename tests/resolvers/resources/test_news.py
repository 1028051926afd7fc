"""Watchers are told of each newer version once, and of a module that changed often of its newest."""

from pathlib import Path

from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module
from tests.platform.callers import RIDES
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, open_platform


async def publish(platform: OpenPlatform, colour: str) -> int:
    text = sdl(more=f"{colour}: Int @value(const: 1)")
    return (await publish_module(platform.context(RIDES), Draft(module="bikes", sdl=text))).record.version


async def test_a_slow_watcher_is_told_the_newest_version(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with platform.services.news.watch() as watcher:
            await publish(platform, "red")
            await publish(platform, "blue")
            told = await watcher.next()
            assert (told.record.version, told.catalog.number) == (2, 2)

            await publish(platform, "blue")  # what is published already
            platform.services.news.served(platform.services.keeper.catalog)
            await publish(platform, "green")
            assert (await watcher.next()).record.version == 3


async def test_who_no_longer_watches_is_forgotten(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        with platform.services.news.watch() as watcher:
            pass
        await publish(platform, "red")
        with platform.services.news.watch() as other:
            await publish(platform, "blue")
            assert (await other.next()).record.version == 2
        assert watcher is not other
