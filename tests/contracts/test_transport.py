"""What every transport must do, against servers that answer well, badly, slowly or never."""

import asyncio
import gzip
import random
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import get_args

import pytest

from engine.resource.calls import (
    EGRESS_BLOCKED,
    UPSTREAM_BODY,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    Answer,
    Call,
    CallFailed,
    Transport,
)
from engine.resource.egress import EgressGuard, parse_egress_allow
from engine.resource.transport import TransportKind, TransportLimits, open_transport
from tests.servers import upstream as server
from tests.servers.upstream import Behaviour, Upstream, answer, serve_upstream

NAME = "api.test"  # no resolver but the test's own knows it: a call that arrives went to the checked address
NOISE = random.Random(1).randbytes(1_000_000)  # what gzip cannot make smaller


@pytest.fixture(params=get_args(TransportKind))
def kind(request: pytest.FixtureRequest) -> TransportKind:
    return request.param


async def to_loopback(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def loopback_guard() -> EgressGuard:
    return EgressGuard(parse_egress_allow("127.0.0.0/8"), to_loopback)


@asynccontextmanager
async def opened(kind: TransportKind, limits: TransportLimits | None = None) -> AsyncGenerator[Transport]:
    transport = open_transport(kind, loopback_guard(), limits)
    try:
        yield transport
    finally:
        await transport.close()


def call_to(upstream: Upstream, target: str = "/", **others: object) -> Call:
    return Call(source="s", method="GET", url=upstream.url(target, host=NAME))._replace(**others)


def exchange(
    kind: TransportKind, behaviour: Behaviour, *, timeout_s: float = 5, target: str = "/", **others: object
) -> Answer:
    """Make one call to a server of this behaviour."""

    async def run() -> Answer:
        async with serve_upstream(behaviour) as upstream, opened(kind) as transport:
            return await transport.send(call_to(upstream, target, **others), timeout_s=timeout_s)

    return asyncio.run(run())


def refusal(
    kind: TransportKind, behaviour: Behaviour, *, timeout_s: float = 5, target: str = "/", **others: object
) -> CallFailed:
    """Make one call that must fail; nothing stays open."""

    async def run() -> CallFailed:
        async with serve_upstream(behaviour) as upstream:
            async with opened(kind) as transport:
                with pytest.raises(CallFailed) as caught:
                    await transport.send(call_to(upstream, target, **others), timeout_s=timeout_s)
            await upstream.until_all_closed()
            return caught.value

    return asyncio.run(run())


def run_with(
    kind: TransportKind,
    behaviour: Behaviour,
    scenario: Callable[[Transport, Upstream], Coroutine[None, None, None]],
) -> None:
    async def run() -> None:
        async with serve_upstream(behaviour) as upstream, opened(kind) as transport:
            await scenario(transport, upstream)

    asyncio.run(run())


# --- answers


def test_an_answer_comes_back_with_status_headers_and_body(kind: TransportKind) -> None:
    headers = [("content-type", "application/json"), ("X-Two", "a"), ("x-two", "b"), ("x-odd", "é")]

    got = exchange(kind, answer(b'{"id":1}', status=418, headers=headers))

    assert (got.status, got.body) == (418, b'{"id":1}')
    assert dict(got.headers) == {
        "content-type": ("application/json",),
        "x-two": ("a", "b"),
        "content-length": ("8",),
    }
    assert got.headers.get("x-odd") is None
    assert "X-Two" not in got.headers
    assert len(got.headers) == 3


@pytest.mark.parametrize(
    ("behaviour", "body"),
    [
        (answer(b""), b""),
        (answer(b"", status=204, headers=[]), b""),
        (server.chunked(b"ab", b"c" * 100_000), b"ab" + b"c" * 100_000),
        (server.drip(b"slowly", every_s=0.001), b"slowly"),
        (server.gzipped(b"[1]" * 1000), b"[1]" * 1000),
        (server.gzipped(NOISE), NOISE),
        (
            answer(gzip.compress(b"one") + gzip.compress(b"two"), headers=[("content-encoding", "gzip")]),
            b"onetwo",
        ),
        (server.send_raw(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"), b"until the end"),
        (
            server.send_raw(
                b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
            ),
            b"{}",
        ),
        (answer(b"x" * 5_000_000), b"x" * 5_000_000),
    ],
    ids=["empty", "204", "chunked", "drip", "gzip", "gzip-big", "gzip-two", "until-close", "1xx", "5MB"],
)
def test_every_form_of_body_is_read_whole(kind: TransportKind, behaviour: Behaviour, body: bytes) -> None:
    assert exchange(kind, behaviour).body == body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s6_a_redirect_is_an_answer_and_is_not_followed(kind: TransportKind, status: int) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        upstream.routes = {"/": server.redirect(upstream.url("/elsewhere"), status=status)}
        got = await transport.send(call_to(upstream), timeout_s=5)
        assert (got.status, got.headers["location"]) == (status, (upstream.url("/elsewhere"),))
        assert [request.target for request in upstream.requests] == ["/"]

    run_with(kind, answer(), scenario)


def test_a_hundred_headers_are_taken_and_one_more_is_refused(kind: TransportKind) -> None:
    assert len(exchange(kind, server.many_headers(98)).headers) == 100  # and type and length
    assert refusal(kind, server.many_headers(99)).code == UPSTREAM_BODY


# --- requests


def test_only_the_promised_headers_are_sent(kind: TransportKind) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        await transport.send(call_to(upstream, headers=(("X-Own", "1"), ("x-own", "2"))), timeout_s=5)
        post = call_to(upstream, method="POST", body=b"{}", headers=(("Content-Type", "application/json"),))
        await transport.send(post, timeout_s=5)
        get, posted = upstream.requests
        assert get.header("host") == [f"{NAME}:{upstream.port}"]
        assert get.header("x-own") == ["1", "2"]
        names = sorted(name.lower() for name, _ in get.headers)
        assert names == ["accept", "accept-encoding", "host", "user-agent", "x-own", "x-own"]
        assert get.header("accept-encoding") == ["gzip"]
        assert get.header("user-agent")[0].startswith("paifang/")
        assert sorted(name.lower() for name, _ in posted.headers if name not in dict(get.headers)) == [
            "content-length",
            "content-type",
        ]
        assert posted.body == b"{}"

    run_with(kind, answer(), scenario)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_call_without_a_body_sends_none(kind: TransportKind, method: str) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        await transport.send(call_to(upstream, method=method), timeout_s=5)
        (request,) = upstream.requests
        assert (request.method, request.body, request.header("transfer-encoding")) == (method, b"", [])

    run_with(kind, answer(), scenario)


def test_a_call_replaces_the_default_headers_and_sends_values_as_utf_8(kind: TransportKind) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        own = (
            ("Accept", "text/plain"),
            ("User-Agent", "unit"),
            ("Accept-Encoding", "identity"),
            ("x-name", "é"),
        )
        await transport.send(call_to(upstream, headers=own), timeout_s=5)
        (request,) = upstream.requests
        assert request.header("accept") == ["text/plain"]
        assert request.header("user-agent") == ["unit"]
        assert request.header("accept-encoding") == ["identity"]
        assert request.header("x-name")[0].encode("latin-1").decode() == "é"

    run_with(kind, answer(), scenario)


@pytest.mark.parametrize("value", ["a\r\nx-injected: 1", "a\nb", "a\rb", "a\0b"])
def test_s6_a_header_value_that_would_break_out_is_never_sent(kind: TransportKind, value: str) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        with pytest.raises(CallFailed) as caught:
            await transport.send(call_to(upstream, headers=(("x-a", value),)), timeout_s=5)
        assert (caught.value.code, upstream.requests) == (EGRESS_BLOCKED, [])
        assert "injected" not in caught.value.message

    run_with(kind, answer(), scenario)


def test_cookies_are_not_kept(kind: TransportKind) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        for _ in range(2):
            await transport.send(call_to(upstream), timeout_s=5)
        assert [request.header("cookie") for request in upstream.requests] == [[], []]

    run_with(kind, answer(headers=[("set-cookie", "a=b; Path=/")]), scenario)


def test_proxy_variables_have_no_effect(kind: TransportKind, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert exchange(kind, answer(b"direct")).body == b"direct"


# --- failures


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (server.hang(), UPSTREAM_TIMEOUT),
        (server.hang_in_body(), UPSTREAM_TIMEOUT),
        (server.drip(b"x" * 1000, every_s=0.02), UPSTREAM_TIMEOUT),
        (server.reset(), UPSTREAM_UNREACHABLE),
        (server.reset(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"), UPSTREAM_UNREACHABLE),
        (server.close_early(), UPSTREAM_UNREACHABLE),
        (server.wrong_length(), UPSTREAM_BODY),
        (server.send_raw(b"\x00\x01\x02 not http\r\n\r\n"), UPSTREAM_BODY),
        (server.send_raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), UPSTREAM_BODY),
        (server.many_headers(), UPSTREAM_BODY),
        (answer(headers=[("x-large", "x" * 5_000_000)]), UPSTREAM_BODY),
        (server.endless(), UPSTREAM_BODY),
        (answer(b"x" * 5_000_001), UPSTREAM_BODY),
        (server.gzip_bomb(), UPSTREAM_BODY),
        (answer(b"not gzip", headers=[("content-encoding", "gzip")]), UPSTREAM_BODY),
        (answer(gzip.compress(b"cut" * 99)[:-9], headers=[("content-encoding", "gzip")]), UPSTREAM_BODY),
        (answer(b"?", headers=[("content-encoding", "br")]), UPSTREAM_BODY),
    ],
    ids=[
        "hang", "hang-in-body", "drip", "reset", "reset-in-body", "close", "wrong-length", "garbage",
        "bad-chunk", "100000-headers", "5MB-header", "endless", "too-large", "gzip-bomb", "not-gzip",
        "cut-gzip", "unasked-encoding",
    ],
)  # fmt: skip
def test_s7_r5_a_bad_api_fails_in_time_with_its_code(
    kind: TransportKind, behaviour: Behaviour, code: str
) -> None:
    failed = refusal(kind, behaviour, timeout_s=0.5 if code == UPSTREAM_TIMEOUT else 10, target="/p?secret=1")

    assert failed.code == code
    assert failed.retryable == (code != UPSTREAM_BODY)
    assert not {"secret", "127.0.0.1", NAME} & set(failed.message.replace("=", " ").split())


def test_a_closed_port_is_unreachable(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(answer()) as gone:
            call = call_to(gone)
        async with opened(kind) as transport:
            with pytest.raises(CallFailed) as caught:
                await transport.send(call, timeout_s=5)
        assert (caught.value.code, caught.value.retryable) == (UPSTREAM_UNREACHABLE, True)

    asyncio.run(run())


@pytest.mark.parametrize("behaviour", [server.hang(), server.hang_in_body()], ids=["head", "body"])
def test_r7_cancelling_a_call_closes_its_socket(kind: TransportKind, behaviour: Behaviour) -> None:
    # pyreqwest gives the call up at once, but closes the socket only when the time of the call is over.
    timeout_s = 0.5 if kind == "pyreqwest" else 60

    async def scenario(transport: Transport, upstream: Upstream) -> None:
        task = asyncio.create_task(transport.send(call_to(upstream), timeout_s=timeout_s))
        await upstream.until(lambda it: len(it.requests) == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await upstream.until_all_closed()

    run_with(kind, behaviour, scenario)


@pytest.mark.parametrize(
    "behaviour",
    [server.hang(), server.hang_in_body(), server.endless()],
    ids=["hang", "hang-in-body", "endless"],
)
def test_r7_s7_a_call_given_up_closes_its_socket_at_once(kind: TransportKind, behaviour: Behaviour) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        with pytest.raises(CallFailed):
            await transport.send(call_to(upstream), timeout_s=0.5)
        await upstream.until_all_closed()

    run_with(kind, behaviour, scenario)


def test_a_failure_holds_nothing_of_the_request(kind: TransportKind) -> None:
    failed = refusal(kind, server.reset(), target="/p?secret=1")

    assert failed.__context__ is None
    assert failed.__cause__ is None


def test_a_connection_is_used_again_and_a_failed_call_leaves_the_others_alone(kind: TransportKind) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        upstream.routes = {"/bad": server.reset(), "/good": answer(b"good")}
        for _ in range(5):
            assert (await transport.send(call_to(upstream, "/good"), timeout_s=5)).body == b"good"
        assert upstream.accepted == 1
        calls = [transport.send(call_to(upstream, path), timeout_s=5) for path in ("/bad", "/good") * 20]
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert [it.body for it in ended if isinstance(it, Answer)] == [b"good"] * 20
        assert {it.code for it in ended if isinstance(it, CallFailed)} == {UPSTREAM_UNREACHABLE}

    run_with(kind, answer(), scenario)


def test_many_calls_run_at_once(kind: TransportKind) -> None:
    async def scenario(transport: Transport, upstream: Upstream) -> None:
        gate = asyncio.Event()
        upstream.routes = {"*": server.when_set(gate, answer())}
        calls = [asyncio.create_task(transport.send(call_to(upstream), timeout_s=30)) for _ in range(100)]
        await upstream.until(lambda it: it.most_at_once == 100, timeout_s=30)
        gate.set()
        assert {(await call).status for call in calls} == {200}

    run_with(kind, answer(), scenario)


def test_calls_past_the_limit_wait_their_turn_within_their_time(kind: TransportKind) -> None:
    async def run() -> None:
        gate = asyncio.Event()
        async with (
            serve_upstream(server.when_set(gate, answer())) as upstream,
            opened(kind, TransportLimits(connections=2)) as transport,
        ):
            calls = [asyncio.create_task(transport.send(call_to(upstream), timeout_s=30)) for _ in range(6)]
            await upstream.until(lambda it: it.most_at_once == 2)
            with pytest.raises(CallFailed) as caught:
                await transport.send(call_to(upstream), timeout_s=0.1)
            assert caught.value.code == UPSTREAM_TIMEOUT
            gate.set()
            assert {(await call).status for call in calls} == {200}
            assert upstream.most_at_once == 2

    asyncio.run(run())


# --- closing


def test_closing_lets_a_call_under_way_end_then_closes_every_socket(kind: TransportKind) -> None:
    async def run() -> None:
        gate = asyncio.Event()
        async with serve_upstream(
            {"/slow": server.when_set(gate, answer(b"done")), "*": answer()}
        ) as upstream:
            transport = open_transport(kind, loopback_guard())
            await transport.send(call_to(upstream, "/quick"), timeout_s=5)
            slow = asyncio.create_task(transport.send(call_to(upstream, "/slow"), timeout_s=5))
            await upstream.until(lambda it: len(it.requests) == 2)
            closing = asyncio.create_task(transport.close())
            gate.set()
            assert (await slow).body == b"done"
            await closing
            await upstream.until_all_closed()
            with pytest.raises(CallFailed) as caught:
                await transport.send(call_to(upstream), timeout_s=5)
            assert caught.value.code == UPSTREAM_UNREACHABLE

    asyncio.run(run())
