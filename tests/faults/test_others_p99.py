"""R5: while one API is ill, the p99 of those who ask nothing of it stays: at most 5 % more.

Windows differ in one thing only, whether the callers beside ask for the API's well path or for its ill one:

- those callers come at a steady rate, however soon the API fails, and they and it are a process of their own,
  so that the measuring process does the same in both;
- windows of both take turns, in changing order, and each round gives one ratio, so that what else the machine
  does hits both; the median of the rounds counts;
- rounds go on until that is known to be on one side of the bound, or there are enough of them.
"""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain
from math import isqrt
from statistics import median, quantiles

import pytest

from tests.faults.form import LONG
from tests.faults.ill_api import FAULTS, NAMED, SDL
from tests.servers.client import connect
from tests.servers.gateway import ROOT, Gateway
from tests.servers.raw_client import RawClient
from tests.servers.upstream import after, serve_upstream

BOUND = 1.05
ROUNDS, MOST_ROUNDS = (12, 60) if LONG else (1, 1)
WINDOW_S = 2.0 if LONG else 0.2
SETTLE_S = 0.6  # longer than the ill API's timeout: as many wait for it then as ever will
CALLERS = 8
FINE_S = 0.02  # what the others ask for, across a network


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """The p99 of others in each round, beside the well and beside the ill API."""

    well_s: list[float] = field(default_factory=list[float])
    ill_s: list[float] = field(default_factory=list[float])

    @property
    def ratios(self) -> list[float]:
        return sorted(ill / well for well, ill in zip(self.well_s, self.ill_s, strict=True))

    def are_enough(self) -> bool:
        """Whether the median's 95 % interval, the order statistics sqrt(n) from it, is on one side."""
        ratios = self.ratios
        if not ROUNDS <= len(ratios) < MOST_ROUNDS:
            return len(ratios) >= MOST_ROUNDS
        middle, apart = len(ratios) // 2, isqrt(len(ratios))
        return ratios[middle - apart] > BOUND or ratios[middle + apart] < BOUND

    def __str__(self) -> str:
        well, ill = median(self.well_s) * 1e3, median(self.ill_s) * 1e3
        ratio, count = median(self.ratios), len(self.ratios)
        return (
            f"p99 of others {well:.2f} ms, beside the ill API {ill:.2f} ms: x {ratio:.3f} in {count} rounds"
        )


@pytest.mark.parametrize("fault", FAULTS if LONG else ["hang"])
async def test_R5_the_others_p99_stays_within_5_percent(gateway: Gateway, fault: str) -> None:
    rounds = Rounds()
    async with (
        serve_upstream(after(FINE_S, NAMED)) as upstream,
        run_ill_api(fault, gateway) as (process, port),
        connect(gateway.url) as client,
    ):
        await client.serve(SDL.format(good=upstream.url(""), ill=f"http://127.0.0.1:{port}"))
        windows = [("well", rounds.well_s), ("ill", rounds.ill_s)]
        while not rounds.are_enough():
            windows.reverse()
            for path, seen in windows:
                seen.append(await p99_beside(process, path, gateway))
    print(f"{fault}: {rounds}")
    assert not LONG or median(rounds.ratios) <= BOUND


@asynccontextmanager
async def run_ill_api(fault: str, gateway: Gateway) -> AsyncGenerator[tuple[Process, int]]:
    """The API with this fault and its callers, and the port it serves on."""
    command = [sys.executable, "-m", "tests.faults.ill_api", fault, gateway.url]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    try:
        [port] = await numbers_from(process)
        yield process, port
        await tell(process, "")
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def p99_beside(process: Process, path: str, gateway: Gateway) -> float:
    """What the slowest hundredth of others waits while the API's callers ask for this path."""
    await tell(process, path)
    await asyncio.sleep(SETTLE_S)
    until_s = time.monotonic() + WINDOW_S
    took_s = await asyncio.gather(*(ask_fine(gateway, number, until_s) for number in range(CALLERS)))
    await tell(process, "")
    asked, refused = await numbers_from(process)
    assert (refused == asked) is (path == "ill"), (path, asked, refused)
    return quantiles(chain.from_iterable(took_s), n=100)[98]


async def ask_fine(gateway: Gateway, number: int, until_s: float) -> list[float]:
    """Ask again and again over one connection, what nobody else asks; how long each answer took."""
    took_s: list[float] = []
    caller = await RawClient.open(gateway.url)
    while (began_s := time.monotonic()) < until_s:
        caller.send_query(f"{{ fine(n: -{number}) }}")
        reply = await caller.reply()
        took_s.append(time.monotonic() - began_s)
        assert "errors" not in reply.json, reply.body
    await caller.leave()
    return took_s


async def tell(process: Process, line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n".encode())
    await process.stdin.drain()


async def numbers_from(process: Process) -> list[int]:
    assert process.stdout
    return [int(number) for number in (await process.stdout.readline()).split()]
