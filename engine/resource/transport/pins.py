"""One client per source and origin, pinned to a checked address, and followed when the address changes."""

import asyncio
from collections.abc import Awaitable
from typing import Generic, Protocol, TypeVar

from engine.resource.calls import UPSTREAM_UNREACHABLE, Answer, Call, CallFailed
from engine.resource.egress import EgressGuard, Origin, ResolvedAddress, split_origin
from engine.resource.transport.answers import not_sent, timed_out, unreachable
from engine.resource.transport.spelling import end_of_origin, target_after

_RENEW_AHEAD_S = 10.0  # names are looked up again while the old answer still serves: no call waits for it
_IDLE_S = 300.0  # a source not called for this long gives its client back
_STAY_S = 1.0  # how long a client lives at least, so that a failing API does not have them built in a row

ClientT = TypeVar("ClientT")
_Key = tuple[str, str]


class Adapter(Protocol[ClientT]):
    """One HTTP library. A client reaches one origin, at one address, and keeps a pool of connections."""

    async def open(self, origin: Origin, address: str) -> ClientT: ...

    def exchange(self, client: ClientT, call: Call, target: str, *, timeout_s: float) -> Awaitable[Answer]:
        """Send a call, whose URL leads to `target` at the client's origin, and read everything.

        Raises CallFailed. Cancelled, it closes the connection.
        """
        ...

    async def close(self, client: ClientT) -> None: ...


class _Pin(Generic[ClientT]):
    """A client, its address, and how many calls are under way in it."""

    __slots__ = (
        "address",
        "calls",
        "client",
        "drained",
        "expires_at",
        "failed",
        "opened_at",
        "others",
        "retired",
    )

    def __init__(self, client: ClientT, resolved: ResolvedAddress, *, address: str, opened_at: float) -> None:
        self.client: ClientT | None = client
        self.address = address
        self.opened_at = opened_at
        self.calls = 0
        self.failed = False
        self.retired = False
        self.drained = asyncio.Event()
        self.prolong(resolved)

    def prolong(self, resolved: ResolvedAddress) -> None:
        self.expires_at = resolved.expires_at
        self.others = [it for it in (resolved.address, *resolved.others) if it != self.address]


class PinnedTransport(Generic[ClientT]):
    """A `Transport` over one HTTP library."""

    def __init__(self, guard: EgressGuard, adapter: Adapter[ClientT]) -> None:
        self._guard = guard
        self._adapter = adapter
        self._clock = guard.clock
        self._pins: dict[_Key, _Pin[ClientT]] = {}
        self._renewals: dict[_Key, asyncio.Task[_Pin[ClientT]]] = {}
        self._closed = False

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        try:
            end = end_of_origin(call.url)
        except ValueError as error:
            raise not_sent(str(error)) from None
        key = (call.source, call.url[:end])
        target = target_after(call.url, end)
        pin = self._pins.get(key)
        now = self._clock()
        if pin is None or pin.expires_at - _RENEW_AHEAD_S <= now:
            pin = await self._renewed(key, pin, timeout_s=timeout_s)
            timeout_s -= self._clock() - now
        pin.calls += 1
        try:
            if pin.client is None:  # closed between the look-up and here
                raise unreachable()
            return await self._adapter.exchange(pin.client, call, target, timeout_s=max(timeout_s, 0))
        except CallFailed as failed:
            if failed.code == UPSTREAM_UNREACHABLE:
                self._turn_away(pin)
            failed.__context__ = None  # the library's own error names the URL, its frames hold the client
            raise failed.with_traceback(None) from None
        finally:
            pin.calls -= 1
            if pin.retired and not pin.calls:
                await self._drop(pin)

    async def close(self) -> None:
        self._closed = True
        for task in tuple(self._renewals.values()):
            task.cancel()
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)
        pins = tuple(self._pins.values())
        self._pins.clear()
        for pin in pins:
            await self._retire(pin)
        await asyncio.gather(*(pin.drained.wait() for pin in pins))

    async def _renewed(self, key: _Key, pin: _Pin[ClientT] | None, *, timeout_s: float) -> _Pin[ClientT]:
        """Look the name up again: ahead of time beside the calls, else before the call."""
        if self._closed:
            raise unreachable(retryable=False)
        renewal = self._renewals.get(key)
        if renewal is None:
            renewal = self._renewals[key] = asyncio.create_task(self._renew(key))
            renewal.add_done_callback(lambda done: self._renewal_over(key, done))
        if pin is not None and self._clock() < pin.expires_at:
            return pin
        await asyncio.wait((renewal,), timeout=max(timeout_s, 0))
        if not renewal.done():
            raise timed_out()
        if renewal.cancelled():  # by `close`
            raise unreachable(retryable=False)
        return renewal.result()

    def _renewal_over(self, key: _Key, done: asyncio.Task[_Pin[ClientT]]) -> None:
        self._renewals.pop(key, None)
        if not done.cancelled():
            done.exception()  # seen: whoever waits for it has it too

    async def _renew(self, key: _Key) -> _Pin[ClientT]:
        source, url = key
        try:
            origin = split_origin(url)
        except ValueError as error:
            raise not_sent(str(error)) from None
        resolved = await self._guard.resolve(source, origin.host, origin.port)
        old = self._pins.get(key)
        address = _choose(resolved, old)
        if old is not None and address == old.address:
            old.prolong(resolved)
            old.failed = False
            return old
        client = await self._adapter.open(origin, address)
        pin = self._pins[key] = _Pin(client, resolved, address=address, opened_at=self._clock())
        if old is not None:
            await self._retire(old)
        await self._retire_idle()
        return pin

    def _turn_away(self, pin: _Pin[ClientT]) -> None:
        """Try another address of the host at the next call, where it has one."""
        if pin.others and self._clock() - pin.opened_at >= _STAY_S:
            pin.failed = True
            pin.expires_at = self._clock()

    async def _retire_idle(self) -> None:
        too_old = self._clock() - _IDLE_S
        for key, pin in tuple(self._pins.items()):
            if pin.expires_at < too_old and not pin.calls:
                del self._pins[key]
                await self._retire(pin)

    async def _retire(self, pin: _Pin[ClientT]) -> None:
        """Take no more calls; the last one under way closes the client."""
        pin.retired = True
        if not pin.calls:
            await self._drop(pin)

    async def _drop(self, pin: _Pin[ClientT]) -> None:
        client, pin.client = pin.client, None
        try:
            if client is not None:
                await self._adapter.close(client)
        finally:
            pin.drained.set()


def _choose(resolved: ResolvedAddress, old: _Pin[ClientT] | None) -> str:
    """Stay at the address in use while it is among the answers, unless it failed and there is another."""
    offered = (resolved.address, *resolved.others)
    if old is None or old.address not in offered:
        return resolved.address
    if not old.failed:
        return old.address
    return next((address for address in offered if address != old.address), old.address)
