"""A worker process: our own HTTP server on its event loop, under granian's supervision."""

import asyncio
import os
import signal
import socket
from typing import Protocol

from granian.server.mp import WorkerProcess

from gateway.app import Application
from gateway.cli.draining import drain

ANSWER_S = 6.5  # for what is under way once all is taken; the supervisor kills a worker 8 s after the signal


class _Holder(Protocol):
    """A socket of granian's."""

    def get_fd(self) -> int: ...


class _Specification(Protocol):
    """Of a socket that a worker opens for itself, where the system balances them over one port."""

    def build(self) -> _Holder: ...


@WorkerProcess.wrap_target
def run_worker(
    number: int,
    application: Application,
    listening: tuple[_Specification | None, _Holder],
    _metrics: object,
    loop: asyncio.AbstractEventLoop,
    *_options: object,
) -> None:
    """Serve until SIGTERM or SIGINT. Called by granian in the process it forked for this worker."""
    application.worker = number
    own, shared = listening
    holder = shared if own is None else own.build()
    with socket.socket(fileno=os.dup(holder.get_fd())) as opened:
        loop.run_until_complete(_serve(application, opened))


async def _serve(application: Application, listening: socket.socket) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    listener = await application.start()
    await listener.start(listening)
    await ended.wait()
    listener.ending = True  # from now on each answer is its connection's last
    await drain(listening)
    await listener.stop(ANSWER_S)
    await application.close()
