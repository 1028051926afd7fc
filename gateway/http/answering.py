"""How an answer gets back to whoever asked: at once, or later; and its bytes in HTTP/1.1."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from gateway.http.messages import HttpResponse
from gateway.http.takeover import Takeover

Answer = HttpResponse | Takeover
Deliver = Callable[[Answer], None]


class Answering(Protocol):
    """An answer that is not known yet."""

    def deliver_to(self, deliver: Deliver) -> None:
        """Have it called once the answer is known; never after `cancel`."""
        ...

    def cancel(self) -> None:
        """Nobody waits for the answer any more."""
        ...


class Working:
    """An answer that a task works out."""

    __slots__ = ("_task",)

    def __init__(self, work: Coroutine[object, object, Answer]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)

    def deliver_to(self, deliver: Deliver) -> None:
        self._task.add_done_callback(lambda task: None if task.cancelled() else deliver(task.result()))

    def cancel(self) -> None:
        self._task.cancel()


class AnswerWriter:
    """Process life. Writes answers in HTTP/1.1; the date is made once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def bytes_of(self, response: HttpResponse, *, keep_alive: bool, without_body: bool) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._date = formatdate(second, usegmt=True).encode("ascii")
        head = _head(response.status, response.headers)
        body = response.body
        end = b"\r\n" if keep_alive else b"connection: close\r\n\r\n"
        length = b"content-length: %d\r\n" % len(body) if response.status not in _BODILESS else b""
        return b"%bdate: %b\r\n%b%b%b" % (head, self._date, length, end, b"" if without_body else body)


_BODILESS = (204, 304)


@lru_cache(maxsize=256)  # pure; nearly all answers have one of two heads
def _head(status: int, headers: tuple[tuple[str, str], ...]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers if name.lower() not in _OURS])
    return f"HTTP/1.1 {status} {phrase}\r\n{lines}".encode("latin-1")


_OURS = ("content-length", "date", "connection", "transfer-encoding")
