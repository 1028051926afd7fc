"""Rows by each dimension, over workers and levels, of the caller's own units."""

import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.access import Principal
from resolvers.context import Context
from resolvers.errors import AccessDenied, InputInvalid
from resolvers.quality.looking import EVERYTHING, QualityFilter, list_quality
from resolvers.quality.records import QUALITY
from resolvers.quality.rows import Dimension
from tests.platform.opened import open_platform
from tests.resolvers.quality.services import NOON, SetClock, Worker
from tests.servers.document_stores import StoreData, sqlite_data

ADMIN = Principal(subject="root", roles=frozenset({"admin"}))
CARE = Principal(subject="eng", roles=frozenset({"publisher"}), units=frozenset({"care"}))
NOBODYS = Principal(subject="dev", roles=frozenset({"developer"}))


@dataclass(slots=True, kw_only=True)
class World:
    worker: Worker
    now: SetClock
    context: Context

    async def ask(
        self,
        by: Dimension = Dimension.FIELD,
        chosen: QualityFilter = EVERYTHING,
        *,
        principal: Principal = ADMIN,
        **span: datetime,
    ) -> Mapping[str, int]:
        """Keys and calls."""
        context = replace(self.context, principal=principal)
        rows = await list_quality(context, by, chosen=chosen, **span)
        return {row.key: row.calls for row in rows}


@asynccontextmanager
async def opened(data: StoreData, folder: Path) -> AsyncGenerator[World]:
    async with open_platform(folder) as platform, data.open(QUALITY) as store:
        now = SetClock()
        worker = Worker(store, now)
        context = replace(platform.context(), quality=worker.services())
        yield World(worker=worker, now=now, context=context)


@asynccontextmanager
async def small(folder: Path) -> AsyncGenerator[World]:
    """Two units' APIs, asked by two clients."""
    async with opened(sqlite_data(folder / "quality.db"), folder) as world:
        world.worker.count("fee", 5)
        world.worker.count("fee", 2, client="desk/2")
        world.worker.count("level", 3, unit="users")
        yield world


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (Dimension.FIELD, {"Order.fee": 7, "Order.level": 3}),
        (Dimension.API, {"fee": 7, "level": 3}),
        (Dimension.SOURCE, {"s": 3}),  # the later of two rows: `unit` tells them apart
        (Dimension.UNIT, {"care": 7, "users": 3}),
        (Dimension.CHANNEL, {"app": 10}),
        (Dimension.CLIENT, {"web/1": 8, "desk/2": 2}),
    ],
)
async def test_rows_by_each_dimension(by: Dimension, rows: Mapping[str, int], tmp_path: Path) -> None:
    async with small(tmp_path) as world:
        assert await world.ask(by) == rows


@pytest.mark.parametrize(
    ("by", "chosen", "rows"),
    [
        (Dimension.CLIENT, QualityFilter(coordinate="Order.fee"), {"web/1": 5, "desk/2": 2}),
        (Dimension.CLIENT, QualityFilter(api="level"), {"web/1": 3}),
        (Dimension.FIELD, QualityFilter(client="desk"), {"Order.fee": 2}),
        (Dimension.FIELD, QualityFilter(client="desk/2", api="fee"), {"Order.fee": 2}),
        (Dimension.FIELD, QualityFilter(client="des"), {}),
        (Dimension.API, QualityFilter(coordinate="Order.level"), {"level": 3}),
        (Dimension.API, QualityFilter(unit="users"), {"level": 3}),
        (Dimension.API, QualityFilter(channel="web"), {}),
    ],
)
async def test_filters_narrow_what_is_counted(
    by: Dimension, chosen: QualityFilter, rows: Mapping[str, int], tmp_path: Path
) -> None:
    async with small(tmp_path) as world:
        assert await world.ask(by, chosen) == rows


async def test_a_field_tells_the_times_of_the_apis_that_give_it(tmp_path: Path) -> None:
    async with small(tmp_path) as world:
        chosen = QualityFilter(coordinate="Order.fee")

        [row] = await list_quality(replace(world.context, principal=ADMIN), Dimension.FIELD, chosen=chosen)

        assert (row.unit, row.calls, row.error_count, row.error_rate, row.sent) == ("care", 7, 0, 0.0, 7)
        assert row.p50_ms == row.p99_ms == pytest.approx(10, rel=0.1)


async def test_a_unit_sees_its_own_rows_only(tmp_path: Path) -> None:
    async with small(tmp_path) as world:
        for by in Dimension:
            assert sum((await world.ask(by, principal=CARE)).values()) == 7
        with pytest.raises(AccessDenied):
            await world.ask(chosen=QualityFilter(unit="users"), principal=CARE)


async def test_no_question_shows_another_units_canary(tmp_path: Path) -> None:
    rng = random.Random(13)
    names = [None, "canary", "fee", "care", "Order.canary", "Order.fee", "web", "spy", "app"]
    async with small(tmp_path) as world:
        world.worker.count("canary", 9, unit="users", client="spy/1")
        seen = 0
        for _ in range(300):
            given = {name: rng.choice(names) for name in ("coordinate", "api", "channel", "client")}
            few = {name: value for name, value in given.items() if rng.random() < 0.4}
            rows = await world.ask(rng.choice(list(Dimension)), QualityFilter(**few), principal=CARE)
            seen += len(rows)
            assert not {"Order.canary", "canary", "users", "spy/1"} & rows.keys()
        assert seen > 0


async def test_who_belongs_to_no_unit_is_refused_and_an_admin_sees_all(tmp_path: Path) -> None:
    async with small(tmp_path) as world:
        with pytest.raises(AccessDenied):
            await world.ask(principal=NOBODYS)
        assert await world.ask(Dimension.UNIT) == {"care": 7, "users": 3}


async def test_times_that_are_no_span_are_refused(tmp_path: Path) -> None:
    async with small(tmp_path) as world:
        with pytest.raises(InputInvalid, match="since"):
            await world.ask(since=NOON, until=NOON)
        with pytest.raises(InputInvalid, match="since"):
            await world.ask(since=NOON + timedelta(hours=1))
        with pytest.raises(InputInvalid, match="time zone"):
            await world.ask(until=NOON.replace(tzinfo=None))


async def test_days_hours_and_minutes_together_count_everything_once(
    store_data: StoreData, tmp_path: Path
) -> None:
    async with opened(store_data, tmp_path) as world:
        at: list[datetime] = []
        for hours in range(0, 80, 3):
            for minutes in (20, 50):
                world.now.at(hours=hours, minutes=minutes)
                await world.worker.keeper.flush()
                world.worker.count()
                at.append(world.now.time)
            await world.worker.keeper.roll_up_what_is_over()
        now = world.now.time

        for begins in (
            NOON - timedelta(days=1),
            NOON + timedelta(hours=31),
            now - timedelta(hours=47, minutes=30),
        ):
            for ends in (now + timedelta(minutes=2), now - timedelta(hours=20, minutes=30)):
                told = await world.ask(Dimension.API, since=begins, until=ends)
                assert told == {"fee": sum(begins <= one < ends for one in at)}


async def test_another_worker_and_a_later_process_see_the_same(store_data: StoreData, tmp_path: Path) -> None:
    async with opened(store_data, tmp_path) as world:
        world.worker.count(calls=4)
        await world.worker.keeper.flush()
    async with opened(store_data, tmp_path) as world:
        other = Worker(world.worker.store, world.now, "w2")
        other.count(calls=3)
        await other.keeper.flush()

        assert await world.ask(Dimension.API) == {"fee": 7}
