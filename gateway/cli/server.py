"""Run the gateway on granian: one supervisor, N workers, a line when it answers."""

import http.client
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels

from gateway.settings import Settings, hand_down

POLL_S = 0.02
GRACE_S = 8  # workers that do not end by then are killed: the whole must be gone within 10 s of SIGTERM


def serve(settings: Settings, on_ready: Callable[[Settings], None]) -> None:
    """Serve until SIGTERM or SIGINT; `on_ready` is called once the first worker answers."""
    settings = settings.model_copy(update={"port": settings.port or _free_port(settings.host)})
    settings.data.mkdir(parents=True, exist_ok=True)
    hand_down(settings)
    server = Granian(
        "gateway.app:create_worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        workers_kill_timeout=GRACE_S,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(header_read_timeout=int(settings.limits.half_request_s * 1000)),
    )
    import_module("gateway.app")  # once, before the workers are forked from this process
    # A process, not a thread: workers are forked, and a lock that a thread holds then stays held in them.
    multiprocessing.get_context("fork").Process(target=_announce, args=(settings, on_ready), daemon=True).start()
    server.serve()


def _announce(settings: Settings, on_ready: Callable[[Settings], None]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server's own end ends this
    while not _answers(settings):
        time.sleep(POLL_S)
    on_ready(settings)


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    return False


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
