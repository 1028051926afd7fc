"""An API that sends the same head again and again: every answer is read for itself."""

from collections.abc import Sequence

import pytest

from engine.resource.calls import UPSTREAM_BODY, UPSTREAM_UNREACHABLE, Answer, CallFailed, Transport
from engine.resource.transport import TransportKind
from tests.contracts.test_transport import call_to, kind, run_with
from tests.servers.upstream import Behaviour, Upstream, answer, in_turn, send_raw

__all__ = ["kind"]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Is: same\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def said(*parts: bytes, then_close: bool = False) -> Behaviour:
    return send_raw(*parts, then_close=then_close)


def asked(kind: TransportKind, times: int, *behaviours: Behaviour) -> tuple[Sequence[Answer | str], int]:
    """What came of one call after the other, bodies and codes, and how many connections it took."""
    outcomes: list[Answer | str] = []
    accepted = 0

    async def scenario(transport: Transport, upstream: Upstream) -> None:
        nonlocal accepted
        for _ in range(times):
            try:
                outcomes.append(await transport.send(call_to(upstream), timeout_s=5))
            except CallFailed as failed:
                outcomes.append(failed.code)
        accepted = upstream.accepted

    run_with(kind, in_turn(*behaviours), scenario)
    return outcomes, accepted


def bodies(outcomes: Sequence[Answer | str]) -> list[bytes | str]:
    return [it if isinstance(it, str) else it.body for it in outcomes]


def test_the_same_head_brings_another_body(kind: TransportKind) -> None:
    outcomes, accepted = asked(kind, 4, *(said(HEAD + b'"%02d"' % number) for number in range(4)))
    assert bodies(outcomes) == [b'"00"', b'"01"', b'"02"', b'"03"']
    assert [dict(it.headers) for it in outcomes if isinstance(it, Answer)] == [
        {"content-type": ("application/json",), "x-is": ("same",), "content-length": ("4",)}
    ] * 4
    assert accepted == 1


def test_a_body_in_pieces_after_a_known_head_is_read_whole(kind: TransportKind) -> None:
    whole, pieces = said(HEAD + b"abcd"), said(HEAD, b"ab", b"cd")
    assert bodies(asked(kind, 4, whole, whole, pieces, whole)[0]) == [b"abcd"] * 4


def test_what_follows_an_answer_is_nobodys() -> None:
    """Of the default; httpx gives it to the next call."""
    whole, double = said(HEAD + b"good"), said(HEAD + b"good" + HEAD + b"evil")
    outcomes, _ = asked("httptools", 4, whole, double, whole, whole)
    assert b"evil" not in bodies(outcomes)
    assert bodies(outcomes)[2:] == [b"good"] * 2


def test_a_known_head_whose_body_breaks_off_is_no_answer(kind: TransportKind) -> None:
    whole, cut = said(HEAD + b"good"), said(HEAD + b"go", then_close=True)
    outcomes, _ = asked(kind, 3, whole, cut, whole)
    assert bodies(outcomes)[1] in (UPSTREAM_BODY, UPSTREAM_UNREACHABLE)
    assert bodies(outcomes)[2] == b"good"


@pytest.mark.parametrize("body", [b"4\r\nabcd\r\n0\r\n\r\n", b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"])
def test_a_known_head_of_a_body_in_chunks_says_nothing_of_its_length(
    kind: TransportKind, body: bytes
) -> None:
    outcomes, _ = asked(kind, 4, said(CHUNKED + body), answer(b"abcd"), said(CHUNKED + body))
    assert bodies(outcomes) == [b"abcd"] * 4
