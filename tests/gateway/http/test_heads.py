"""What was made of a head is used again while a client sends the same one, and never for another."""

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
                assert body == (seen[-1].first("x-who") or "nobody").encode()

    run(scenario)
    return seen


def test_the_same_head_is_made_something_of_once() -> None:
    first, second = heads_of(post(b"1", b"X-Who: ann"), post(b"2", b"x-who: ann"))
    assert first is second
    assert first.first("x-who") == "ann"


def test_another_head_is_read_anew() -> None:
    heads = heads_of(
        post(b"1", b"x-who: ann"), post(b"1", b"x-who: bob"), post(b"1"), post(b"1", b"x-who: ann")
    )
    assert [head.first("x-who") for head in heads] == ["ann", "bob", None, "ann"]


def test_the_host_of_an_absolute_target_is_part_of_the_head() -> None:
    def get(target: bytes) -> bytes:
        return b"GET %b HTTP/1.1\r\nhost: a\r\n\r\n" % target

    heads = heads_of(get(b"http://b.test/"), get(b"http://c.test/"), get(b"/"))
    assert [head.first("host") for head in heads] == ["b.test", "c.test", "a"]
