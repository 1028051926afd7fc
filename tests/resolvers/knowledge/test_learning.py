"""What is published is learned by one process, and learned anew when it changed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from resolvers.knowledge.learning import Asked, Learner
from tests.resolvers.knowledge.desk import ARCHIVE, SAVE, Desk, draft, open_desk


@dataclass(slots=True, eq=False)
class Notes:
    """A study that keeps what it was told."""

    position: int | None = None
    calm: float = 0.0
    due_after: int = 1
    told: asyncio.Queue[dict[str, tuple[str, ...]]] = field(
        default_factory=asyncio.Queue[dict[str, tuple[str, ...]]]
    )
    failing: bool = False

    def is_due(self, changed: int, known: int) -> bool:
        del known
        return changed >= self.due_after

    async def learn(self, articles: Sequence[Asked], *, position: int) -> None:
        if self.failing:
            self.failing = False
            raise OSError("no room")
        self.position = position
        await self.told.put({one.article: one.questions for one in articles})


@asynccontextmanager
async def learning(desk: Desk, notes: Notes, **more: bool) -> AsyncGenerator[asyncio.Queue[Exception]]:
    reported = asyncio.Queue[Exception]()
    owned = more.get("own", True)
    knowledge = desk.platform.knowledge
    learner = Learner(
        knowledge.store,
        knowledge.feed,
        notes,
        own=lambda: owned,
        now=knowledge.now,
        report=reported.put_nowait,
    )
    task = asyncio.create_task(learner.run())
    try:
        yield reported
    finally:
        task.cancel()
        await asyncio.wait([task])


async def next_told(notes: Notes) -> dict[str, tuple[str, ...]]:
    async with asyncio.timeout(20):
        return await notes.told.get()


async def test_all_that_is_published_is_learned_and_drafts_are_not(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        first = await desk.publish("退款", similar=["退钱"])
        await desk.save("a draft")
        await desk.ask(SAVE, input={**draft("changed and not published"), "id": first["id"]})
        notes = Notes()
        async with learning(desk, notes):
            assert await next_told(notes) == {first["id"]: ("退款", "退钱")}
            second = await desk.publish("发票")
            while (told := await next_told(notes)).keys() != {first["id"], second["id"]}:
                pass
            assert told[second["id"]] == ("发票",)
            await desk.ask(ARCHIVE, id=first["id"])
            while (await next_told(notes)).keys() != {second["id"]}:
                pass


async def test_what_is_learned_is_not_learned_again_until_enough_has_changed(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("退款")
        notes = Notes(position=await desk.platform.knowledge.feed.position(), due_after=2)
        async with learning(desk, notes):
            await desk.publish("one more")
            await desk.publish("and another")
            assert len(await next_told(notes)) >= 2  # not after the first
        assert notes.told.empty()


async def test_who_does_not_own_it_learns_nothing(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("退款")
        idle, notes = Notes(), Notes()
        async with learning(desk, idle, own=False), learning(desk, notes):
            await next_told(notes)
        assert idle.told.empty()


async def test_what_cannot_be_learned_is_reported(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        await desk.publish("退款")
        notes = Notes(failing=True)
        async with learning(desk, notes) as reported, asyncio.timeout(20):
            assert str(await reported.get()) == "no room"
