"""Workers and replicas serve what others publish, and start with what is stored."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.problem import Problem
from engine.resource.model import Registry
from engine.resource.sdl import Platform
from resolvers.ports import Change, Replace
from resolvers.resources.catalog import CatalogKeeper
from resolvers.resources.drafts import Draft
from resolvers.resources.follower import ModuleFollower
from resolvers.resources.publishing import publish_module
from resolvers.resources.reading import find_module
from resolvers.resources.records import HEAD_ID, HEADS, MODULES
from resolvers.store_errors import FeedPositionLost, StoreUnavailable
from tests.platform.callers import LOCAL
from tests.platform.modules import sdl
from tests.platform.opened import PLATFORM, OpenPlatform, ServedRevisions, open_platform

Problems = Mapping[str, Sequence[Problem]]


class AwaitedRevisions(ServedRevisions):
    """Tells when it serves another registry."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(registry)
        self.changed = asyncio.Event()

    async def serve(self, registry: Registry) -> None:
        await super().serve(registry)
        self.changed.set()


@dataclass(slots=True, eq=False)
class BrokenFeed:
    """Fails once, then is the store's."""

    platform: OpenPlatform
    failures: list[str] = field(default_factory=lambda: ["position", "changes"])

    async def position(self) -> int:
        self._fail("position")
        return await self.platform.store.position()

    async def changes(self, *, after: int, limit: int = 1_000, wait_s: float = 0.0) -> list[Change]:
        self._fail("changes")
        return await self.platform.store.changes(after=after, limit=limit, wait_s=wait_s)

    def _fail(self, method: str) -> None:
        if method in self.failures:
            self.failures.remove(method)
            raise StoreUnavailable(reason="the test took it away")


@dataclass(slots=True, eq=False)
class SleepyFeed:
    """Is the store's, once it is woken; remembers which positions were lost."""

    platform: OpenPlatform
    asleep: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    lost: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    async def position(self) -> int:
        return await self.platform.store.position()

    async def changes(self, *, after: int, limit: int = 1_000, wait_s: float = 0.0) -> list[Change]:
        self.asleep.set()
        await self.awake.wait()
        try:
            return await self.platform.store.changes(after=after, limit=limit, wait_s=wait_s)
        except FeedPositionLost as lost:
            self.lost.append((lost.after, lost.last))
            raise


def follower_of(platform: OpenPlatform, reports: list[Problems] | None = None) -> ModuleFollower:
    report = (reports if reports is not None else []).append
    return ModuleFollower(platform.services.keeper, platform.store, platform.revisions, report)


@asynccontextmanager
async def following(follower: ModuleFollower) -> AsyncGenerator[None]:
    task = asyncio.create_task(follower.follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def publish(platform: OpenPlatform, module: str, text: str) -> str:
    published = await publish_module(platform.context(LOCAL), Draft(module=module, sdl=text))
    return published.revision


async def test_a_start_serves_what_is_stored(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, "bikes", sdl())
        revision = await publish(platform, "orders", sdl("order", type_name="Order"))
    async with open_platform(tmp_path) as platform:
        await follower_of(platform).catch_up()
        assert platform.revisions.current().revision == revision
        assert find_module(platform.context(), "orders") is not None


async def test_a_start_on_an_empty_store_serves_the_platform(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await follower_of(platform).catch_up()
        assert platform.revisions.current().modules == {}


async def test_catching_up_with_nothing_new_serves_nothing_anew(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, "bikes", sdl())
        await follower_of(platform).catch_up()
        assert len(platform.revisions.served) == 1


@pytest.mark.parametrize("broken", [False, True])
async def test_a_publish_elsewhere_is_served_without_being_asked_for(broken: bool, tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        revisions = AwaitedRevisions(other.revisions.current())
        feed = BrokenFeed(other) if broken else other.store
        follower = ModuleFollower(other.services.keeper, feed, revisions, [].append)
        async with following(follower):
            revision = await publish(one, "bikes", sdl())
            async with asyncio.timeout(20):
                await revisions.changed.wait()
        assert revisions.current().revision == revision


async def test_a_follower_that_missed_more_than_the_feed_keeps_reads_everything_again(tmp_path: Path) -> None:
    async with open_platform(tmp_path, feed_kept=1) as one, open_platform(tmp_path, feed_kept=1) as other:
        revisions = AwaitedRevisions(other.revisions.current())
        feed = SleepyFeed(other)
        follower = ModuleFollower(other.services.keeper, feed, revisions, [].append)
        async with following(follower):
            await feed.asleep.wait()
            for module in ("bikes", "orders"):
                revision = await publish(one, module, sdl(module.removesuffix("s"), type_name=module.title()))
            feed.awake.set()
            async with asyncio.timeout(20):
                await revisions.changed.wait()
        assert (revisions.current().revision, feed.lost) == (revision, [(0, 2)])


async def test_only_the_changed_module_is_parsed_anew(tmp_path: Path) -> None:
    async with open_platform(tmp_path) as one, open_platform(tmp_path) as other:
        await publish(one, "bikes", sdl())
        await publish(one, "orders", sdl("order", type_name="Order"))
        before = await other.services.keeper.refresh()
        await publish(one, "orders", sdl("order", type_name="Order", more="tag: Int @value(const: 1)"))
        after = await other.services.keeper.refresh()
        assert after.parsed["bikes"] is before.parsed["bikes"]
        assert after.parsed["orders"] is not before.parsed["orders"]


async def test_a_module_that_no_longer_composes_is_left_out_and_reported(tmp_path: Path) -> None:
    reports: list[Problems] = []
    async with open_platform(tmp_path) as platform:
        await publish(platform, "bikes", sdl())
        await publish(platform, "orders", sdl("order", type_name="Order"))
        newer = Platform(document=PLATFORM.document, reserved_types=PLATFORM.reserved_types | {"Bike"})
        keeper = CatalogKeeper(platform.store, platform.services.secrets, newer)
        follower = ModuleFollower(keeper, platform.store, platform.revisions, reports.append)
        await follower.catch_up()
        await follower.catch_up()
        assert platform.revisions.current().modules.keys() == {"orders"}
        assert len(reports) == 1
        assert "RESERVED_NAME" in {problem.code for problem in reports[0]["bikes"]}


async def test_a_module_left_out_is_listed_with_the_reason_and_comes_back_when_published(
    tmp_path: Path,
) -> None:
    async with open_platform(tmp_path) as platform:
        await publish(platform, "bikes", sdl())
        await spoil(platform, "bikes")
    async with open_platform(tmp_path) as platform:
        await follower_of(platform).catch_up()
        module = find_module(platform.context(), "bikes")
        assert module is not None
        assert [problem.code for problem in module.problems] == ["SYNTAX"]
        await publish(platform, "orders", sdl("order", type_name="Order"))
        await publish(platform, "bikes", sdl())
        assert platform.revisions.current().modules.keys() == {"bikes", "orders"}
        assert platform.services.keeper.catalog.left_out == {}


async def spoil(platform: OpenPlatform, module: str) -> None:
    """Store a text that does not parse, as a release with another grammar may have."""
    document = await platform.store.get(MODULES, module)
    head = await platform.store.get(HEADS, HEAD_ID)
    version = document["version"] + 1
    head["modules"] = [{"name": module, "version": version}]
    await platform.store.write(
        Replace(collection=MODULES, document={**document, "version": version, "sdl": "type {"}),
        Replace(collection=HEADS, document={**head, "version": head["version"] + 1}),
    )


async def test_a_module_left_out_for_lack_of_another_comes_back_with_it(tmp_path: Path) -> None:
    extension = 'extend schema @owner(unit: "care") extend type Bike { tag: Int @value(const: 1) }'
    async with open_platform(tmp_path) as platform:
        await publish(platform, "bikes", sdl())
        await publish(platform, "care", extension)
        await spoil_keeping(platform, "bikes", keep="care")
    async with open_platform(tmp_path) as platform:
        await follower_of(platform).catch_up()
        assert platform.revisions.current().modules == {}
        await publish(platform, "bikes", sdl())
        assert platform.revisions.current().modules.keys() == {"bikes", "care"}


async def spoil_keeping(platform: OpenPlatform, module: str, *, keep: str) -> None:
    await spoil(platform, module)
    head = await platform.store.get(HEADS, HEAD_ID)
    head["modules"].append({"name": keep, "version": 1})
    await platform.store.write(Replace(collection=HEADS, document={**head, "version": head["version"] + 1}))
