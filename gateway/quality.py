"""Make what counts: meters that the engine tells, kept each minute, shown to the query and to scrapers."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from random import randrange
from typing import NoReturn

import structlog
from uuid_utils import uuid7

from engine.resource.quality.meters import Meters
from gateway.knowledge import end_tasks
from gateway.observability.counted import Counted
from gateway.peers import Answer, Peers, Request
from gateway.settings import Settings
from gateway.stores.opening import Store
from resolvers.quality.keeper import QualityKeeper
from resolvers.quality.records import Kept
from resolvers.quality.services import QualityServices
from resolvers.store_errors import StoreUnavailable

LAST_WRITE_S = 5.0  # a store that does not answer must not keep a worker from ending
ROLL_UP_MINUTES = range(6, 11)  # of each hour; each worker has its own, so that seldom two do it at once

log = structlog.get_logger("paifang")


class Quality:
    """What this worker counts, by itself and asked together with the others of its instance."""

    def __init__(
        self, keeper: QualityKeeper, counted: Counted, meters: Meters, services: QualityServices
    ) -> None:
        self.services = services
        self._keeper = keeper
        self._counted = counted
        self._meters = meters

    @property
    def answers(self) -> Mapping[Request, Answer]:
        """What other workers may ask this one for."""
        return {Request.STORE_COUNTS: self._store, Request.METRICS: self._tell}

    async def gather(self, peers: Peers | None) -> Sequence[Counted]:
        """What each worker counted since it started."""
        others = [] if peers is None else await peers.ask(Request.METRICS)
        return [Counted.of_bytes(told) for told in (await self._tell(), *others)]

    async def _store(self) -> bytes:
        await self._keeper.flush()
        return b""

    async def _tell(self) -> bytes:
        await self._keeper.collect()
        self._counted.bounds_broken = self._meters.bounds_broken
        return self._counted.to_bytes()


@asynccontextmanager
async def open_quality(
    settings: Settings,
    store: Store,
    meters: Meters,
    *,
    units: Callable[[], Mapping[str, str]],
    peers: Peers | None,
    worker: int,
) -> AsyncGenerator[Quality]:
    """While this is open, what `meters` count is kept; closing keeps what is left."""
    kept = Kept(
        minutes=timedelta(hours=settings.quality_minutes_kept_h),
        hours=timedelta(days=settings.quality_hours_kept_d),
    )
    counted = Counted(worker=worker)
    keeper = QualityKeeper(
        store, meters, units=units, now=_now, worker=uuid7().hex, kept=kept, total=counted.add
    )

    async def bring_up_to_date() -> None:
        await asyncio.gather(keeper.flush(), *([peers.ask(Request.STORE_COUNTS)] if peers else []))

    services = QualityServices(store=store, kept=kept, bring_up_to_date=bring_up_to_date, now=_now)
    keeping = asyncio.create_task(_keep(keeper), name="quality data")
    keeping.add_done_callback(_report_end)
    try:
        yield Quality(keeper, counted, meters, services)
    finally:
        await end_tasks([keeping])
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(LAST_WRITE_S):
                await keeper.flush()


async def _keep(keeper: QualityKeeper) -> NoReturn:
    """Write when a minute is over, roll up when an hour is."""
    own_minute, away = ROLL_UP_MINUTES[randrange(len(ROLL_UP_MINUTES))], False
    while True:
        now = _now()
        await asyncio.sleep(60 - now.second - now.microsecond / 1e6)
        try:
            await keeper.flush()
            if _now().minute == own_minute:
                await keeper.roll_up_what_is_over()
        except StoreUnavailable as error:
            if not away:
                log.warning("what was counted waits for the store", reason=str(error))
            away = True
        except Exception as error:  # what is counted next is worth keeping all the same
            log.error("what was counted could not be kept", exc_info=error)
        else:
            away = False


def _report_end(keeping: "asyncio.Task[NoReturn]") -> None:
    if not keeping.cancelled():
        log.critical("quality data is no longer kept", exc_info=keeping.exception())


def _now() -> datetime:
    return datetime.now(UTC)
