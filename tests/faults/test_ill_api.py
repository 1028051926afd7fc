"""R5: one API is ill: only its fields are null, others are answered as ever, and it is back when it heals."""

import asyncio
import time

import pytest

from tests.faults.form import LONG
from tests.faults.ill_api import FAULTS, NAMED, SDL
from tests.servers.client import Reply, connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import serve_upstream
from tests.servers.wire import Behaviour, Received, Wire

CALLERS = 8
OPEN_S, PRESSED_S, EVERY_S = (5.0, 18.0, 0.05) if LONG else (0.3, 1.0, 0.02)
BREAKER = f"circuitBreaker: {{{{ minRequests: 4, openMs: {OPEN_S * 1000:.0f} }}}}, timeoutMs: 500"
WITH_BREAKER = SDL.replace("timeoutMs: 500", BREAKER)
BREAKING = {name: code for name, (_, code) in FAULTS.items() if code != "MAPPING_ERROR"}


class Health:
    """A behaviour that can fall ill and heal."""

    def __init__(self) -> None:
        self.now: Behaviour = NAMED

    async def __call__(self, request: Received, wire: Wire) -> None:
        await self.now(request, wire)


def both(n: int) -> str:
    return f"{{ fine(n: {n}) ill(n: {n}) }}"


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
async def test_R5_others_are_answered_while_one_api_is_ill_and_it_is_back_at_once(
    gateway: Gateway, fault: Behaviour, code: str
) -> None:
    health = Health()
    async with serve_upstream({"/fine": NAMED, "/ill": health}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(good=upstream.url(""), ill=upstream.url("")))
        health.now = fault

        waiting = [asyncio.create_task(client.ask(both(n))) for n in range(CALLERS)]
        others = [await client.ask(f"{{ fine(n: {n}) }}") for n in range(CALLERS, 100)]
        hurt: list[Reply] = await asyncio.gather(*waiting)

        assert [reply.data for reply in others] == [{"fine": f"n{n}"} for n in range(CALLERS, 100)]
        assert [reply.data for reply in hurt] == [{"fine": f"n{n}", "ill": None} for n in range(CALLERS)]
        assert [reply.codes for reply in hurt] == [[code]] * CALLERS
        health.now = NAMED
        assert await client.data(both(0)) == {"fine": "n0", "ill": "n0"}


@pytest.mark.parametrize("fault", BREAKING)
async def test_R5_an_ill_api_is_left_alone_but_for_probes_and_back_when_it_is_well(
    gateway: Gateway, fault: str
) -> None:
    health = Health()
    async with serve_upstream({"/fine": NAMED, "/ill": health}) as upstream, connect(gateway.url) as client:
        await client.serve(WITH_BREAKER.format(good=upstream.url(""), ill=upstream.url("")))
        health.now = FAULTS[fault][0]
        opening = [(await client.ask(both(n))).codes for n in range(5)]
        assert opening == [[BREAKING[fault]]] * 4 + [["CIRCUIT_OPEN"]]
        upstream.requests.clear()

        began = time.monotonic()
        while time.monotonic() < began + PRESSED_S:
            reply = await client.ask(both(5))
            assert reply.data == {"fine": "n5", "ill": None}
            await asyncio.sleep(EVERY_S)
        assert len(upstream.received("/ill")) <= (time.monotonic() - began) / OPEN_S + 1

        health.now, healed = NAMED, time.monotonic()
        while (await client.ask(both(6))).errors:  # noqa: ASYNC110 # callers come when they come
            await asyncio.sleep(EVERY_S)
        took_s = time.monotonic() - healed
        print(f"{fault}: back after {took_s:.2f} s")
        assert not LONG or took_s <= 6
