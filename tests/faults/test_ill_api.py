"""R5: one API is ill: only its fields are null, others are answered as ever, and it is back when it heals."""

import asyncio

import pytest

from tests.faults.ill_api import FAULTS, NAMED, SDL
from tests.servers.client import Reply, connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import serve_upstream
from tests.servers.wire import Behaviour, Received, Wire

CALLERS = 8


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
