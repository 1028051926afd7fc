"""An API with so many places and a time it takes, and callers who come at a steady rate."""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median

from tests.servers.raw_client import RawClient
from tests.servers.upstream import answer
from tests.servers.wire import Received, Wire

PLACES = 5
TAKES_S = 0.05
CAPACITY = PLACES / TAKES_S  # calls a second
WELL = answer(b'{"n": 1}')


@dataclass(slots=True, kw_only=True)
class PressedApi:
    """A behaviour: what comes beyond its places waits; at twice its capacity it becomes ever slower."""

    takes_s: float = TAKES_S
    asked: int = 0
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))

    async def __call__(self, request: Received, wire: Wire) -> None:
        self.asked += 1
        async with self._places:
            await asyncio.sleep(self.takes_s)
        await WELL(request, wire)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What came of some callers: those refused by code, and how long each answer took."""

    seconds: float
    served_s: list[float] = field(default_factory=list[float])
    refused_s: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    not_retryable: set[str] = field(default_factory=set[str])

    @property
    def callers(self) -> int:
        return len(self.served_s) + sum(map(len, self.refused_s.values()))

    @property
    def served_per_s(self) -> float:
        return len(self.served_s) / self.seconds

    def refused_within(self, ms: float, code: str) -> float:
        """The share of those refused with the code who knew it by then."""
        took_s = self.refused_s[code]
        return sum(took <= ms / 1e3 for took in took_s) / len(took_s)

    def __str__(self) -> str:
        told = [f"{self.served_per_s:.1f} served/s"]
        for code, took_s in self.refused_s.items():
            share, middle_ms = self.refused_within(10, code), median(took_s) * 1e3
            told.append(f"{len(took_s)} {code} ({middle_ms:.1f} ms, {share:.1%} within 10)")
        return ", ".join(told)


class Callers:
    """Connections to a gateway, each for one caller at a time: a client that costs next to nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[RawClient] = []

    async def press(self, *, per_s: float, seconds: float) -> Pressed:
        """Have so many ask a second, each for something that nobody else asks for; wait for all of them."""
        pressed = Pressed(seconds=seconds)
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(int(per_s * seconds)):
                await asyncio.sleep(began + number / per_s - loop.time())
                group.create_task(self._ask(number, pressed))
        return pressed

    async def leave(self) -> None:
        for connection in self._idle:
            await connection.leave()

    async def _ask(self, number: int, pressed: Pressed) -> None:
        connection = self._idle.pop() if self._idle else await RawClient.open(self._url)
        began = time.monotonic()
        body = b'{"query": "query ($n: Int) { n(n: $n) }", "variables": {"n": %d}}' % number
        connection.send_head({"content-length": str(len(body))})
        connection.writer.write(body)
        reply = (await connection.reply()).json
        took_s = time.monotonic() - began
        self._idle.append(connection)
        if "errors" not in reply:
            pressed.served_s.append(took_s)
            return
        [error] = reply["errors"]
        code = error["extensions"]["code"]
        pressed.refused_s.setdefault(code, []).append(took_s)
        if not error["extensions"]["retryable"]:
            pressed.not_retryable.add(code)
