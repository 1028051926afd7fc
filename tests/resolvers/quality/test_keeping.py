"""Minutes of every worker are kept, rolled up, and counted once whatever happens in between."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from engine.resource.quality.facts import Facts
from resolvers.ports import Document, Write
from resolvers.quality.keeper import select_level
from resolvers.quality.records import DAY, HOUR, MAX_ROWS, MINUTE, QUALITY, Level, facts_of
from resolvers.store_errors import StoreUnavailable
from tests.resolvers.quality.services import NOON, SetClock, Worker
from tests.servers.document_stores import Store, StoreData, sqlite_data


async def _stored(store: Store, level: Level) -> Sequence[Document]:
    return await select_level(store, level, NOON - timedelta(days=400), NOON + timedelta(days=400))


def _calls(documents: Sequence[Document]) -> int:
    facts = Facts()
    for document in documents:
        facts.add(facts_of(document))
    assert sum(count.calls for count in facts.fields.values()) == sum(
        count.calls for count in facts.calls.values()
    )
    return sum(count.calls for count in facts.calls.values())


async def test_what_was_counted_comes_back_equal(store_data: StoreData) -> None:
    async with store_data.open(QUALITY) as store:
        worker = Worker(store, SetClock())
        worker.count("fee", 3)
        worker.count("level", 2, unit="users", client="悟空/2")
        told = worker.meters.waiting

        await worker.keeper.flush()

        [document] = await _stored(store, MINUTE)
        assert facts_of(document) == told == worker.total
        assert document["at"] == NOON
        assert facts_of(document, fields=False).fields == {}


async def test_a_minute_is_one_document_however_often_it_is_written(store_data: StoreData) -> None:
    async with store_data.open(QUALITY) as store:
        now = SetClock()
        worker = Worker(store, now)
        for second in (10, 20, 61):  # what was counted since the last time belongs to the minute before
            worker.count()
            now.at(seconds=second)
            await worker.keeper.flush()
        await worker.keeper.flush()

        [document] = await _stored(store, MINUTE)
        assert (_calls([document]), document["version"]) == (3, 3)
        worker.count()
        await worker.keeper.flush()
        assert [_calls([one]) for one in await _stored(store, MINUTE)] == [3, 1]


async def test_workers_keep_apart_and_an_hour_has_them_all_once(store_data: StoreData) -> None:
    async with store_data.open(QUALITY) as store:
        now = SetClock()
        workers = [Worker(store, now, name) for name in ("w1", "w2")]
        for minute in range(3):
            now.at(minutes=minute)
            for worker in workers:
                await worker.keeper.flush()
                worker.count(calls=minute + 1)
        for later in ({"minutes": 3}, {"minutes": 60}, {"minutes": 64}):
            now.at(**later)
            for worker in workers:
                await worker.keeper.flush()
                await worker.keeper.roll_up_what_is_over()
        assert await _stored(store, HOUR) == []  # it may not be written whole yet

        now.at(minutes=66)
        await asyncio.gather(*(worker.keeper.roll_up_what_is_over() for worker in workers))

        [hour] = await _stored(store, HOUR)
        assert (hour["at"], _calls([hour])) == (NOON, 12)
        assert len(await _stored(store, MINUTE)) == 6


async def test_hours_become_a_day(tmp_path: Path) -> None:
    async with sqlite_data(tmp_path / "db").open(QUALITY) as store:
        now = SetClock()
        worker = Worker(store, now)
        for hours in range(30):
            worker.count()
            now.at(hours=hours, minutes=10)
            await worker.keeper.flush()
            await worker.keeper.roll_up_what_is_over()

        [day] = await _stored(store, DAY)
        assert (day["at"], _calls([day])) == (NOON - timedelta(hours=12), 13)


async def test_a_minute_that_comes_late_is_added_to_its_hour_and_day(tmp_path: Path) -> None:
    async with sqlite_data(tmp_path / "db").open(QUALITY) as store:
        now = SetClock()
        early, late = Worker(store, now, "early"), Worker(store, now, "late")
        early.count(calls=5)
        late.count(calls=2)
        await early.keeper.flush()
        await late.keeper.collect()  # and could not write it
        now.at(hours=13)
        await early.keeper.roll_up_what_is_over()
        assert [_calls([one]) for one in (*await _stored(store, HOUR), *await _stored(store, DAY))] == [5, 5]

        await late.keeper.flush()

        assert [_calls([one]) for one in (*await _stored(store, HOUR), *await _stored(store, DAY))] == [7, 7]


class _Away:
    """The store, away for its first write; `after`: it was written all the same."""

    def __init__(self, store: Store, *, after: bool) -> None:
        self._store = store
        self._away = True
        self._after = after

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def write(self, *writes: Write) -> None:
        if self._away:
            self._away = False
            if self._after:
                await self._store.write(*writes)
            raise StoreUnavailable(reason="away", outcome_unknown=self._after)
        await self._store.write(*writes)


@pytest.mark.parametrize("after", [False, True])
async def test_what_could_not_be_written_waits_and_is_counted_once(
    store_data: StoreData, *, after: bool
) -> None:
    async with store_data.open(QUALITY) as store:
        now = SetClock()
        away = _Away(store, after=after)
        worker = Worker(away, now)  # pyright: ignore[reportArgumentType]  # the rest is the store's
        worker.count()
        with pytest.raises(StoreUnavailable):
            await worker.keeper.flush()
        worker.count()
        now.at(minutes=1)

        await worker.keeper.flush()

        assert _calls(await _stored(store, MINUTE)) == 2
        assert sum(count.calls for count in worker.total.calls.values()) == 2


async def test_names_without_end_make_a_document_of_bounded_size(tmp_path: Path) -> None:
    async with sqlite_data(tmp_path / "db").open(QUALITY) as store:
        worker = Worker(store, SetClock())
        for number in range(MAX_ROWS):
            worker.count(client=f"{number}")

        await worker.keeper.flush()

        [document] = await _stored(store, MINUTE)
        facts = facts_of(document)
        assert len(facts.calls) + len(facts.fields) <= MAX_ROWS + 2
        assert _calls([document]) == MAX_ROWS
