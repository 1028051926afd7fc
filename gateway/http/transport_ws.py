"""The messages of graphql-transport-ws: many operations over one socket, each ended by either side.

Over whatever carries texts: it is given `send` and `close`, and is told what comes.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol, cast

import orjson

from gateway.http.negotiation import Parameters, parameters_of
from schema.response import Response

PROTOCOL = "graphql-transport-ws"
INIT_S = 10.0  # for the first message
MAX_OPERATIONS = 100  # at once on one socket

BAD, UNAUTHORIZED, FORBIDDEN, INIT_TIMEOUT, EXISTS, TOO_MANY = 4400, 4401, 4403, 4408, 4409, 4429

ErrorList = list[dict[str, object]]


class Caller(Protocol):
    """Whoever a socket's first message proved to be."""

    def run(self, parameters: Parameters) -> AsyncGenerator[Response]:
        """The responses of one operation. Raises for one that is not executed."""
        ...

    @property
    def ends_in_s(self) -> float | None:
        """When the proof is over, if ever."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What carries the messages. `writable` returns when the client has caught up."""

    send: Callable[[bytes], None]
    close: Callable[[int, str], None]
    writable: Callable[[], Awaitable[object]]


class OperationSocket:
    """One socket's operations. `admit` gives the caller; `describe` the errors of a refused operation."""

    def __init__(
        self,
        carrier: Carrier,
        admit: Callable[[Mapping[str, object]], Awaitable[Caller]],
        describe: Callable[[Exception], ErrorList],
    ) -> None:
        self._carrier = carrier
        self._admit = admit
        self._describe = describe
        self._caller: Caller | None = None
        self._initialising = False
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._admitting: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(
            INIT_S, carrier.close, INIT_TIMEOUT, "Connection initialisation timeout"
        )

    def receive(self, text: bytes) -> None:
        """A message; anything that is none of the protocol's closes the socket."""
        try:
            message: object = orjson.loads(text)
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict):
            self._carrier.close(BAD, "Invalid message received")
            return
        given = cast("dict[str, object]", message)
        match given.get("type"):
            case "connection_init":
                self._initialise(given.get("payload"))
            case "subscribe":
                self._subscribe(given)
            case "complete":
                if (task := self._tasks.pop(str(given.get("id")), None)) is not None:
                    task.cancel()
            case "ping":
                self._send({"type": "pong"})
            case "pong":
                pass
            case _:
                self._carrier.close(BAD, "Invalid message received")

    def lost(self) -> None:
        """The socket is gone: so is everything asked over it."""
        self._timer.cancel()
        if self._admitting is not None:
            self._admitting.cancel()
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _initialise(self, payload: object) -> None:
        if self._initialising:
            self._carrier.close(TOO_MANY, "Too many initialisation requests")
            return
        self._initialising = True
        given = cast("Mapping[str, object]", payload) if isinstance(payload, dict) else {}
        self._admitting = asyncio.get_running_loop().create_task(self._let_in(given))

    async def _let_in(self, payload: Mapping[str, object]) -> None:
        try:
            caller = await self._admit(payload)
        except Exception as error:
            code = str(cast("dict[str, object]", self._describe(error)[0]["extensions"]).get("code"))
            self._timer.cancel()
            self._carrier.close(FORBIDDEN, code)
            return
        self._timer.cancel()
        if (left := caller.ends_in_s) is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(left, 0), self._carrier.close, FORBIDDEN, "the token expired")
        self._caller = caller
        self._send({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, object]) -> None:
        key, payload = message.get("id"), message.get("payload")
        if not isinstance(key, str) or not key or not isinstance(payload, dict):
            self._carrier.close(BAD, "Invalid message received")
        elif self._caller is None:
            self._carrier.close(UNAUTHORIZED, "Unauthorized")
        elif key in self._tasks:
            self._carrier.close(EXISTS, f"Subscriber for {key[:100]} already exists")
        elif len(self._tasks) >= MAX_OPERATIONS:
            self._carrier.close(TOO_MANY, "Too many operations at once")
        else:
            work = self._run(key, self._caller, cast("dict[str, object]", payload))
            self._tasks[key] = asyncio.get_running_loop().create_task(work)

    async def _run(self, key: str, caller: Caller, payload: dict[str, object]) -> None:
        executed = False
        try:
            async with aclosing(caller.run(parameters_of(payload))) as responses:
                async for response in responses:
                    executed = True
                    await self._carrier.writable()
                    head = orjson.dumps({"type": "next", "id": key})[:-1]
                    self._carrier.send(head + b',"payload":' + response.body + b"}")
        except Exception as error:  # told to the client: nothing may escape
            self._tasks.pop(key, None)
            errors = self._describe(error)
            if executed:
                self._send({"type": "next", "id": key, "payload": {"errors": errors}})
            else:
                self._send({"type": "error", "id": key, "payload": errors})
                return
        self._tasks.pop(key, None)
        self._send({"type": "complete", "id": key})

    def _send(self, message: dict[str, object]) -> None:
        self._carrier.send(orjson.dumps(message))
