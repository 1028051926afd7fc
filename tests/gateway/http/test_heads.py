"""What was made of a head is used again while a client sends the same one, and never for another."""

import asyncio
from contextlib import closing

from gateway.http.arriving import ArrivingRequest, Head
from tests.gateway.http.test_connection import connected, post, run


def heads_of(*requests: bytes) -> list[Head]:
    """The heads that whoever answers sees, of requests on one connection."""
    seen: list[Head] = []

    async def handle(request: ArrivingRequest) -> bytes:
        seen.append(request.head)
        return (request.header("x-who") or "nobody").encode()

    async def scenario() -> None:
        async with connected(handle) as client:
            for request in requests:
                client.send(request)
                _, _, body = await client.answer()
                assert body == (seen[-1].header("x-who") or "nobody").encode()

    run(scenario)
    return seen


def test_the_same_head_is_made_something_of_once() -> None:
    first, second = heads_of(post(b"1", b"X-Who: ann"), post(b"2", b"x-who: ann"))
    assert first is second
    assert first.header("x-who") == "ann"


def test_another_head_is_read_anew() -> None:
    heads = heads_of(
        post(b"1", b"x-who: ann"), post(b"1", b"x-who: bob"), post(b"1"), post(b"1", b"x-who: ann")
    )
    assert [head.header("x-who") for head in heads] == ["ann", "bob", None, "ann"]


def test_the_host_of_an_absolute_target_is_part_of_the_head() -> None:
    def get(target: bytes) -> bytes:
        return b"GET %b HTTP/1.1\r\nhost: a\r\n\r\n" % target

    heads = heads_of(get(b"http://b.test/"), get(b"http://c.test/"), get(b"/"))
    assert [head.header("host") for head in heads] == ["b.test", "c.test", "a"]


def bodies_of(*sent: bytes, answers: int) -> list[bytes]:
    """What a connection answers to pieces sent one after the other, each once those before were read."""
    got: list[bytes] = []

    async def scenario() -> None:
        async with connected() as client:
            for piece in sent:
                client.send(piece)
                await client.writer.drain()
                if piece.endswith(b"!"):  # the last of a request: nothing of it waits for what follows
                    got.append((await client.answer())[2])
            while len(got) < answers:
                got.append((await client.answer())[2])

    run(scenario)
    return got


def test_a_known_head_brings_another_body() -> None:
    sent = [post(b"%d!" % number) for number in range(3)]
    assert bodies_of(*sent, answers=3) == [b"POST /x? 0!", b"POST /x? 1!", b"POST /x? 2!"]


def test_a_known_head_whose_body_comes_in_pieces_is_read_whole() -> None:
    whole = post(b"ab!")
    assert bodies_of(whole, whole[:-2], b"b!", whole, answers=3) == [b"POST /x? ab!"] * 3


def test_known_heads_sent_ahead_are_answered_each() -> None:
    one, two = post(b"1!"), post(b"2!")
    assert bodies_of(one, two + one, two, answers=4) == [b"POST /x? %d!" % n for n in (1, 2, 1, 2)]


def test_a_known_head_of_a_body_in_chunks_says_nothing_of_its_length() -> None:
    chunked = b"POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    sent = [chunked + b"2\r\nab\r\n0\r\n\r\n", chunked + b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n", post(b"ab")]
    assert bodies_of(*sent, answers=3) == [b"POST /x? ab"] * 3


def test_a_known_head_that_ends_the_connection_ends_it_each_time() -> None:
    async def scenario() -> None:
        async with connected() as client:
            address: tuple[str, int] = client.writer.get_extra_info("peername")
            for _ in range(3):
                reader, writer = await asyncio.open_connection(*address)
                with closing(writer):
                    writer.write(post(b"1", b"connection: close"))
                    assert (await reader.read()).partition(b"\r\n\r\n")[2] == b"POST /x? 1"

    run(scenario)


def test_a_request_that_asks_before_its_body_is_told_each_time() -> None:
    request = post(b"", b"expect: 100-continue").replace(b"content-length: 0", b"content-length: 2")

    async def scenario() -> None:
        async with connected() as client:
            for _ in range(2):
                client.send(request)
                assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                client.send(b"ab")
                assert (await client.answer())[2] == b"POST /x? ab"

    run(scenario)
