"""One connection to Redis per worker for everything that is asked of it, and one to hear the others.

What is asked in the meantime goes together, as the next pipeline. Nobody waits longer than `WAIT_S`; what
fails or is slower than `HUNG_S` ends the connection, and until there is another everything is answered with
nothing, at once. No request ever tries whether Redis is back: the link does.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

WAIT_S = 0.02  # what Redis may add to a request
HUNG_S = 0.04  # a batch that takes longer: nobody waits for the next
CONNECT_S = 1.0  # in the background, TLS and a distant server included
PAUSES_S = (0.0, 0.1, 0.25, 0.5, 1.0)  # between attempts; the last one again and again
MAX_WAITING = 10_000  # commands not sent yet: more than Redis answers in `WAIT_S`

Command = tuple[str | bytes | int, ...]
Results = Sequence[object] | None  # by command, a refused one's error among them; None: no answer
log = structlog.get_logger("paifang")


class _Asked(NamedTuple):
    commands: Sequence[Command]
    answer: "asyncio.Future[Results]"


class RedisLink:
    """`greet` is called on each new connection, before others ask; `hear` is told what `channel` says."""

    def __init__(
        self, url: str, *, channel: str, hear: Callable[[bytes], None], greet: Callable[[], None]
    ) -> None:
        """Raises ValueError where the URL is none."""
        self._pool = _pool_of(url)
        self._channel = channel
        self._hear = hear
        self._greet = greet
        self._asked: list[_Asked] = []
        self._wanted = asyncio.Event()
        self.up = asyncio.Event()  # set while it is connected
        self.away: str | None = "not connected yet"  # why nothing can be asked now

    @property
    def state(self) -> str:
        """For an operator; the reason stands in the log."""
        return "answers" if self.away is None else "away: requests go on without it"

    def ask(self, *commands: Command) -> "asyncio.Future[Results]":
        """What Redis answers, or None at the latest after `WAIT_S`."""
        answer = self.tell(*commands)
        if not answer.done():
            timer = asyncio.get_running_loop().call_later(WAIT_S, _give_up, answer)
            answer.add_done_callback(lambda _: timer.cancel())
        return answer

    def tell(self, *commands: Command) -> "asyncio.Future[Results]":
        """As `ask`, for whoever does not wait: it may take as long as the connection lasts."""
        answer: asyncio.Future[Results] = asyncio.get_running_loop().create_future()
        if self.away is not None or len(self._asked) >= MAX_WAITING:
            answer.set_result(None)
        else:
            self._asked.append(_Asked(commands, answer))
            self._wanted.set()
        return answer

    # ------------------------------------------------------------------ connecting
    async def run(self) -> None:
        """Keep connected, for ever."""
        attempt = 0
        while True:
            try:
                async with _connected(self._pool, self._channel) as (commands, heard):
                    attempt = 0
                    self._come_up()
                    await _first_to_fail(self._answer(commands), self._listen(heard))
            except (RedisError, OSError, TimeoutError) as error:
                self._fall(error)
            await asyncio.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])
            attempt += 1

    def _come_up(self) -> None:
        self.away = None
        self.up.set()
        self._greet()
        log.info("redis answers")

    def _fall(self, error: Exception) -> None:
        reason = _reason(error)
        if self.away != reason:
            log.warning("redis is away: requests go on without it", reason=reason)
        self.away = reason
        self.up.clear()
        asked, self._asked = self._asked, []
        for each in asked:
            _give_up(each.answer)

    # ------------------------------------------------------------------ connected
    async def _answer(self, connection: AbstractConnection) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            asked, self._asked = self._asked, []
            try:
                async with asyncio.timeout(HUNG_S):
                    commands = [command for each in asked for command in each.commands]
                    await connection.send_packed_command(connection.pack_commands(commands))
                    for each in asked:
                        results = [await _result(connection) for _ in each.commands]
                        if not each.answer.done():
                            each.answer.set_result(results)
            finally:
                for each in asked:
                    _give_up(each.answer)

    async def _listen(self, connection: AbstractConnection) -> None:
        while True:
            message = await connection.read_response(timeout=math.inf)
            if isinstance(message, list) and len(message) == 3 and isinstance(message[2], bytes):
                self._hear(message[2])


async def fault_of(url: str) -> str | None:
    """Try once whether this Redis can be used; why not, if so."""
    try:
        async with _connected(_pool_of(url), "paifang:doctor"):
            return None
    except (RedisError, OSError, TimeoutError, ValueError) as error:
        return _reason(error)


def _pool_of(url: str) -> ConnectionPool:
    return ConnectionPool.from_url(
        url,
        protocol=2,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_S,
        retry=Retry(NoBackoff(), 0),
    )


@asynccontextmanager
async def _connected(
    pool: ConnectionPool, channel: str
) -> AsyncGenerator[tuple[AbstractConnection, AbstractConnection]]:
    """One connection for commands, one that hears the channel."""
    made = (pool.make_connection(), pool.make_connection())
    try:
        async with asyncio.timeout(CONNECT_S):
            for connection in made:
                await connection.connect()
            await made[0].send_command("PING")
            await made[0].read_response()  # LOADING, and what else a server says that is not ready
            await made[1].send_command("SUBSCRIBE", channel)
            await made[1].read_response()
        yield made
    finally:
        for connection in made:
            with contextlib.suppress(RedisError, OSError):
                await connection.disconnect(nowait=True)


async def _result(connection: AbstractConnection) -> object:
    try:
        return await connection.read_response(disconnect_on_error=False)
    except ResponseError as refused:  # out of memory, read-only, no rights: this command's, and no other's
        return refused


async def _first_to_fail(*runs: Coroutine[object, object, None]) -> None:
    """Run until one ends, and raise what it raised."""
    tasks = [asyncio.create_task(run) for run in runs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reason(error: Exception) -> str:
    return str(error) or f"no answer within {CONNECT_S:g} s"


def _give_up(answer: "asyncio.Future[Results]") -> None:
    if not answer.done():
        answer.set_result(None)
