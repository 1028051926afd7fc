"""HTTP/1.1 on a client's connection: framing, order, bounds, leaving and ending, over real sockets."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass

import pytest

from gateway.http.answering import Answering, Working
from gateway.http.arriving import ArrivingRequest
from gateway.http.listening import Larger, Listener
from gateway.http.messages import BodyIncomplete, BodyLate, BodyTooLarge, HttpResponse

MAX_BODY = 1_000
LARGER = Larger(path="/files", max_bytes=3 * MAX_BODY, longest_s=60)
Handle = Callable[[ArrivingRequest], Awaitable[bytes]]


@dataclass(slots=True, kw_only=True)
class Client:
    """A connection; `answer` reads one response."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    listener: Listener

    @property
    def listening(self) -> tuple[str, int]:
        return self.writer.get_extra_info("peername")

    def send(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))

    async def answer(self, *, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in head[1:] if line)}
        length = int(headers.get("content-length", "0")) if body else 0
        return int(head[0].split()[1]), headers, await self.reader.readexactly(length)

    async def closed(self) -> bool:
        return await self.reader.read() == b""


async def echo(request: ArrivingRequest) -> bytes:
    """What the connection made of a request."""
    body = await request.body(MAX_BODY)
    return f"{request.method} {request.path}?{request.query_string} ".encode() + body


def responding(handle: Handle) -> Callable[[ArrivingRequest], HttpResponse | Answering]:
    async def work(request: ArrivingRequest) -> HttpResponse:
        try:
            return HttpResponse(200, (), await handle(request))
        except BodyTooLarge:
            return HttpResponse(413, (), b"")
        except BodyLate:
            return HttpResponse(408, (), b"")
        except BodyIncomplete:
            return HttpResponse(400, (), b"incomplete")

    return lambda request: Working(work(request))


@asynccontextmanager
async def connected(handle: Handle = echo, *, half_request_s: float = 60) -> AsyncGenerator[Client]:
    listener = Listener(
        responding(handle), max_body_bytes=MAX_BODY, half_request_s=half_request_s, larger=LARGER
    )
    listening = socket.create_server(("127.0.0.1", 0))
    await listener.start(listening)
    try:
        async with connected_to(listening.getsockname(), listener) as client:
            yield client
    finally:
        await listener.stop(1)


@asynccontextmanager
async def connected_to(address: tuple[str, int], listener: Listener) -> AsyncGenerator[Client]:
    reader, writer = await asyncio.open_connection(*address)
    with closing(writer):
        yield Client(reader=reader, writer=writer, listener=listener)


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(10):
            await scenario()

    asyncio.run(main())


def post(body: bytes, *headers: bytes, path: bytes = b"/x") -> bytes:
    lines = (b"host: a", b"content-length: %d" % len(body), *headers)
    return b"POST %b HTTP/1.1\r\n%b\r\n\r\n%b" % (path, b"\r\n".join(lines), body)


# --- framing


def test_a_connection_serves_one_request_after_another() -> None:
    async def scenario() -> None:
        async with connected() as client:
            for n in range(3):
                client.send(post(b"%d" % n, path=b"/p?q=%d" % n))
                status, headers, body = await client.answer()
                assert (status, body) == (200, b"POST /p?q=%d %d" % (n, n))
                assert "date" in headers
                assert "connection" not in headers

    run(scenario)


def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    gates = [asyncio.Event() for _ in range(3)]
    begun: list[int] = []

    async def handle(request: ArrivingRequest) -> bytes:
        n = int(await request.body(MAX_BODY))
        begun.append(n)
        await gates[n].wait()
        return b"%d" % n

    async def scenario() -> None:
        async with connected(handle) as client:
            client.send(*(post(b"%d" % n) for n in range(3)))
            for n in (2, 1, 0):
                gates[n].set()
            assert [(await client.answer())[2] for _ in range(3)] == [b"0", b"1", b"2"]
            assert begun == [0, 1, 2]

    run(scenario)


def test_a_body_in_pieces_and_chunks_is_read_whole_and_what_follows_it_is_no_header() -> None:
    async def handle(request: ArrivingRequest) -> bytes:
        body = await request.body(MAX_BODY)
        return body + str(request.header("authorization")).encode()

    async def scenario() -> None:
        async with connected(handle) as client:
            for piece in (
                b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-en",
                b"coding: chunked\r\n\r\n3\r\nab",
                b"c\r\n2\r\nde\r\n0\r\nauthorization: stolen\r\n\r\n",
            ):
                client.send(piece)
                await client.writer.drain()
                await asyncio.sleep(0)
            assert (await client.answer())[2] == b"abcdeNone"

    run(scenario)


def test_a_client_that_waits_to_be_told_to_send_its_body_is_told() -> None:
    async def scenario() -> None:
        async with connected() as client:
            client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n")
            assert (await client.answer())[0] == 100
            client.send(b"ok")
            assert (await client.answer())[2] == b"POST /? ok"

    run(scenario)


def test_an_absolute_target_names_the_host_before_any_header() -> None:
    async def handle(request: ArrivingRequest) -> bytes:
        return f"{request.header('host')} {request.path}?{request.query_string}".encode()

    async def scenario() -> None:
        async with connected(handle) as client:
            client.send(b"GET http://b.test:81/p?q HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await client.answer())[2] == b"b.test:81 /p?q"

    run(scenario)


@pytest.mark.parametrize(
    "request_", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"]
)
def test_a_connection_that_shall_not_be_kept_is_closed_after_the_answer(request_: bytes) -> None:
    async def scenario() -> None:
        async with connected() as client:
            client.send(request_)
            _, headers, _ = await client.answer()
            assert headers["connection"] == "close"
            assert await client.closed()

    run(scenario)


def test_the_answer_to_head_has_a_length_and_no_body() -> None:
    async def scenario() -> None:
        async with connected() as client:
            client.send(b"HEAD / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert int((await client.answer(body=False))[1]["content-length"]) > 0
            client.send(b"GET /next HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await client.answer())[2] == b"GET /next? "

    run(scenario)


# --- refusals


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01 no http\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\n bad fold: 1\r\n\x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 400_000, 431),
        (b"GET /" + b"a" * 400_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"x-%d: 1\r\n" % n for n in range(101)) + b"\r\n", 431),
    ],
    ids=["garbage", "two framings", "two lengths", "NUL", "long header", "long target", "101 headers"],
)
def test_what_is_no_request_we_read_is_refused_and_the_connection_closed(sent: bytes, status: int) -> None:
    async def scenario() -> None:
        async with connected() as client:
            client.send(sent)
            assert (await client.answer())[0] == status
            assert await client.closed()

    run(scenario)


@pytest.mark.parametrize("stated", [True, False])
def test_a_body_past_the_limit_is_refused_while_the_client_still_sends(stated: bool) -> None:
    async def scenario() -> None:
        async with connected() as client:
            framing = b"content-length: 1000000" if stated else b"transfer-encoding: chunked\r\n\r\nf4240"
            client.send(b"POST / HTTP/1.1\r\nhost: a\r\n", framing, b"\r\n\r\n"[: 4 if stated else 2])
            client.send(b"x" * (MAX_BODY + 1))
            assert (await client.answer())[0] == 413
            assert await client.closed()

    run(scenario)


def test_a_broken_body_ends_its_request() -> None:
    async def scenario() -> None:
        async with connected() as client:
            client.send(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")
            assert (await client.answer())[0] == 400
            assert await client.closed()

    run(scenario)


# --- time, leaving, ending


def test_a_request_half_sent_for_too_long_is_given_up() -> None:
    async def scenario() -> None:
        async with connected(half_request_s=0) as client:
            client.send(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf")
            assert (await client.answer())[0] == 408
            assert await client.closed()
        async with connected(half_request_s=0) as client:
            client.send(b"POST / HTTP/1.1\r\nho")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await client.answer()

    run(scenario)


def test_at_the_path_of_files_a_request_may_be_larger_and_take_longer() -> None:
    async def handle(request: ArrivingRequest) -> bytes:
        return b"%d" % len(await request.body(LARGER.max_bytes))

    async def scenario() -> None:
        async with connected(handle, half_request_s=0) as client:
            whole = post(b"x" * LARGER.max_bytes, path=b"/files?name=a")
            client.send(whole[: 2 * MAX_BODY])
            async with connected_to(client.listening, client.listener) as other:
                other.send(post(b"x")[:-1])
                assert (await other.answer())[0] == 408  # both were looked at
            client.send(whole[2 * MAX_BODY :])
            assert (await client.answer())[2] == b"%d" % LARGER.max_bytes
        async with connected(handle) as client:
            client.send(post(b"x" * (LARGER.max_bytes + 1), path=b"/files"))
            assert (await client.answer())[0] == 413

    run(scenario)


def test_the_work_of_a_client_that_leaves_is_cancelled() -> None:
    async def scenario() -> None:
        begun, cancelled = asyncio.Event(), asyncio.Event()

        async def handle(_: ArrivingRequest) -> bytes:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return b""

        async with connected(handle) as client:
            client.send(post(b""))
            await begun.wait()
            client.writer.close()
            await cancelled.wait()

    run(scenario)


def test_ending_answers_what_is_under_way_and_closes_idle_connections() -> None:
    async def scenario() -> None:
        begun, gate = asyncio.Event(), asyncio.Event()

        async def handle(_: ArrivingRequest) -> bytes:
            begun.set()
            await gate.wait()
            return b"late"

        async with connected(handle) as client:
            client.send(post(b""))
            await begun.wait()
            ending = asyncio.create_task(client.listener.stop(5))
            await asyncio.sleep(0)
            gate.set()
            _, headers, body = await client.answer()
            assert (headers["connection"], body) == ("close", b"late")
            assert await client.closed()
            await ending

    run(scenario)
