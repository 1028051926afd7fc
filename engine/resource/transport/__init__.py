"""Carry calls to the APIs: the only place of the engine that opens sockets, over any of four libraries.

Whatever the library, a call goes to the address the egress guard checked, unchanged to the byte, follows no
redirect, keeps no cookie, and comes back within its time and limits or fails as `CallFailed`. Proxy variables
are ignored; a proxy that is named carries all calls, and is then what judges the addresses of host names.
"""

from importlib import import_module
from typing import Literal, Protocol, cast

from engine.resource.calls import Transport
from engine.resource.egress import EgressGuard
from engine.resource.transport.answers import TransportLimits
from engine.resource.transport.names import resolve_by_system
from engine.resource.transport.spelling import find_rewritten
from engine.resource.transport.trust import Identity

__all__ = [
    "Identity",
    "TransportKind",
    "TransportLimits",
    "find_rewritten",
    "open_transport",
    "resolve_by_system",
]

TransportKind = Literal["httptools", "pyreqwest", "httpx", "aiohttp"]


class _Adapter(Protocol):
    def open_with(
        self, guard: EgressGuard, limits: TransportLimits, identity: Identity, proxy: str | None
    ) -> Transport: ...


def open_transport(
    kind: TransportKind,
    guard: EgressGuard,
    limits: TransportLimits | None = None,
    *,
    identity: Identity | None = None,
    proxy: str | None = None,
) -> Transport:
    """Return a transport for the running event loop; close it on the same loop.

    `proxy` is http://[user:password@]host:port. It is given plain http as absolute URLs, https as CONNECT.
    """
    if proxy is not None:
        guard = guard.behind_proxy()
    # httpx and aiohttp take 0.2 to 0.9 s to import, the others 0.02 s: only what was chosen is loaded.
    module = import_module(f"{__name__}.over_{kind}")
    adapter = cast(_Adapter, module)  # a module stands for the protocol
    return adapter.open_with(guard, limits or TransportLimits(), identity or Identity(), proxy)
