"""A socket that will close is drained first: what waits for it is taken, nothing new comes."""

import asyncio
import socket
import sys
import time
from collections.abc import Generator

import pytest

from gateway.cli.draining import DRAIN_S, drain

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no such filter")

WAITING = 3
DROPPED_S = 0.2  # a handshake within one machine takes microseconds


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request: pytest.FixtureRequest) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as opened:
        opened.setblocking(False)
        yield opened


def connect(listening: socket.socket) -> socket.socket:
    host, port, *_ = listening.getsockname()
    return socket.create_connection((host, port), timeout=DROPPED_S)


async def take(listening: socket.socket, connections: int) -> None:
    for _ in range(connections):
        taken, _ = await asyncio.get_running_loop().sock_accept(listening)
        with taken:
            taken.sendall(b"taken")


async def test_connections_that_wait_are_taken(listening: socket.socket) -> None:
    waiting = [connect(listening) for _ in range(WAITING)]
    taking = asyncio.create_task(take(listening, WAITING))
    await drain(listening)
    assert taking.done()
    listening.close()
    for client in waiting:
        with client:
            assert client.recv(5) == b"taken"


async def test_no_handshake_begins_once_it_drains_and_none_waits_when_it_closed(
    listening: socket.socket,
) -> None:
    await drain(listening)
    with pytest.raises(TimeoutError):
        connect(listening)
    host, port, *_ = listening.getsockname()
    listening.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=DROPPED_S)


async def test_connections_that_nobody_takes_hold_up_the_end_for_a_second(listening: socket.socket) -> None:
    with connect(listening) as waiting:
        began = time.monotonic()
        await drain(listening)
        assert time.monotonic() - began >= DRAIN_S
        listening.close()
        with pytest.raises(ConnectionResetError):
            waiting.recv(5)


async def test_a_socket_that_knows_no_filter_ends_as_it_is() -> None:
    closed = socket.socket()
    closed.close()
    await drain(closed)
