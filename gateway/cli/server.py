"""Run the gateway: granian supervises N workers of ours, a line is said when one answers."""

import errno
import http.client
import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module

from granian import Granian
from granian.constants import Loops
from granian.log import LogLevels

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.start_failure import StartReport, make_data_directory
from gateway.cli.worker import run_worker
from gateway.settings import Settings, hand_down

POLL_S = 0.02
GRACE_S = 8  # workers that do not end by then are killed: the whole must be gone within 10 s of SIGTERM


def serve(settings: Settings, on_ready: Callable[[Settings], None]) -> None:
    """Serve until SIGTERM or SIGINT; `on_ready` is called, in a process of its own, once a worker answers.

    Raises:
        CommandFailed: the port or the data directory cannot be used.
        SystemExit: all has ended, as a worker could not start or `on_ready` failed; why was printed.
    """
    settings = settings.model_copy(update={"port": _usable_port(settings.host, settings.port)})
    make_data_directory(settings)
    hand_down(settings)
    server = Granian(
        "gateway.app:create_worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop=Loops.uvloop,
        workers_kill_timeout=GRACE_S,
        log_level=LogLevels.warning,
    )
    app = import_module("gateway.app")  # once, before the workers are forked from this process
    # A process, not a thread: workers are forked, and a lock that a thread holds then stays held in them.
    forking = multiprocessing.get_context("fork")
    report = StartReport(settings)
    logging.getLogger("_granian").addFilter(lambda _: not report.code)  # what it would add says less
    forking.Process(target=_announce, args=(settings, on_ready, report), daemon=True).start()
    try:
        create = partial(app.create_worker, report.tell)
        server.serve(spawn_target=run_worker, target_loader=create, wrap_loader=False)
    finally:
        if report.code:
            raise SystemExit(report.code)


def _announce(settings: Settings, on_ready: Callable[[Settings], None], report: StartReport) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server's own end ends this
    while not _answers(settings):
        time.sleep(POLL_S)
    try:
        on_ready(settings)
    except CommandFailed as failure:
        report.tell(failure)
        os.kill(os.getppid(), signal.SIGTERM)


def _answers(settings: Settings) -> bool:
    """Whether a worker answers GraphQL, be it that the caller is nobody."""
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request(
            "POST", "/graphql", b'{"query":"{ __typename }"}', {"content-type": "application/json"}
        )
        return connection.getresponse().status in (200, 401)
    return False


def _usable_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Raises `CommandFailed`: it cannot be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise CommandFailed(
                f"port {port} of {host} is taken"
                if taken
                else f"cannot listen on {host}:{port}: {error.strerror}",
                next_step="name another with --port (0 takes a free one)",
                code=ExitCode.UNREACHABLE,
            ) from None
        return int(probe.getsockname()[1])
