"""The limit: granian and a handler that only hands out the bytes of the right answer."""

import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bench.model import Launch, Peer, Site

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol
    from granian.rsgi import Scope

_Message = MutableMapping[str, object]
_Send = Callable[[_Message], Awaitable[None]]
_Receive = Callable[[], Awaitable[_Message]]


def _answers() -> dict[str, bytes]:
    """Path of a case → its answer."""
    folder = Path(os.environ["BENCH_ANSWERS"])
    return {f"/{path.stem}": path.read_bytes() for path in folder.glob("*.json")}


def create_rsgi() -> Callable[..., Awaitable[None]]:
    """The handler on granian's own protocol."""
    answers = _answers()
    headers = [("content-type", "application/json")]

    async def handle(scope: "Scope", protocol: "RSGIHTTPProtocol") -> None:
        protocol.response_bytes(200, headers, answers[scope.path])

    return handle


def create_asgi() -> Callable[..., Awaitable[None]]:
    """The handler on ASGI."""
    answers = _answers()
    headers = [(b"content-type", b"application/json")]

    async def handle(scope: _Message, receive: _Receive, send: _Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answers[str(scope["path"])]})

    return handle


def granian_command(target: str, interface: str, port: int) -> list[str]:
    """granian with one worker, as the gateway runs it."""
    command = [sys.executable, "-m", "granian", "--interface", interface, "--factory", "--host", "127.0.0.1"]
    return [*command, "--port", str(port), "--loop", "uvloop", "--no-ws", "--log-level", "warning", target]


def _launch(interface: str, factory: str, site: Site) -> Launch:
    command = granian_command(f"bench.peers.bare:{factory}", interface, site.port)
    return Launch(command=command, env={"BENCH_ANSWERS": str(site.answers)})


BARE_RSGI = Peer(
    name="bare-rsgi",
    title="limit: bare handler, RSGI",
    launch=partial(_launch, "rsgi", "create_rsgi"),
    path="/{case}",
)
BARE_ASGI = Peer(
    name="bare-asgi",
    title="limit: bare handler, ASGI",
    launch=partial(_launch, "asginl", "create_asgi"),
    path="/{case}",
)
