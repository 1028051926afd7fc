"""Where every transport connects: to the checked address, under the host's own name, the URL unchanged."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from typing import get_args

import pytest

from engine.resource.calls import EGRESS_BLOCKED, UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE, Call, CallFailed
from engine.resource.egress import ADDRESS_TTL_S, EgressGuard, Resolver, parse_egress_allow
from engine.resource.transport import Identity, TransportKind, open_transport
from tests.servers.certificates import Authority, make_authority
from tests.servers.upstream import Upstream, answer, hang, serve_upstream, when_set


@pytest.fixture(params=get_args(TransportKind))
def kind(request: pytest.FixtureRequest) -> TransportKind:
    return request.param


@pytest.fixture(scope="module")
def authority() -> Authority:
    return make_authority()


def always(*addresses: str) -> Resolver:
    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolver


def in_turn(*answers: Sequence[str]) -> Resolver:
    """Answer the first look-up with the first, and so on; the last stays."""
    waiting = list(answers)

    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return resolver


def get(url: str, *, source: str = "s") -> Call:
    return Call(source=source, method="GET", url=url)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refused(kind: TransportKind, guard: EgressGuard, url: str) -> CallFailed:
    async def run() -> CallFailed:
        transport = open_transport(kind, guard)
        try:
            with pytest.raises(CallFailed) as caught:
                await transport.send(get(url), timeout_s=5)
            return caught.value
        finally:
            await transport.close()

    return asyncio.run(run())


# --- spelling

KEPT = [
    "/",
    "/a/b",
    "/a//b",
    "//a",
    "/a/",
    "/a?",
    "/a??b",
    "/?",
    "/a?q=1&q=2",
    "/a%2Fb",
    "/a%2fb%C3%a9",
    "/a%20b?c%20d",
    "/%zz?%zz",
    "/a%",
    "/a;b=c,d",
    "/~a:b@c!$&'()*+=",
    "/a[0]|b^c",
    "/a?b[c]=d|e^f`g{h}",
    "/a?x=%27y%27&z=/..//?",
    "/...",
    "/.a/..b/a.",
    "/a%2e%2eb",
    "/a?../x",
    "/" + "x" * 4000,
]
REFUSED = [
    "/a/../b",
    "/..",
    "/a/.",
    "/./a",
    "/%2e%2e/a",
    "/a/.%2E/b",
    "/a/%2e",
    "/a b",
    "/a\tb",
    "/a\nb",
    "/a\r\nHost: x",
    "/é",
    "/a?é",
    "/a?x='y'",
    '/a"b',
    "/a?<b>",
    "/a\\b",
    "/a?b\\c",
    "/a{b}",
    "/a`b",
    "/a#b",
    "/a?b#",
]


def test_an_accepted_url_reaches_the_wire_byte_for_byte(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(answer()) as upstream:
            transport = open_transport(
                kind, EgressGuard(parse_egress_allow("127.0.0.1"), always("127.0.0.1"))
            )
            for target in KEPT:
                await transport.send(get(upstream.url(target, host="api.test")), timeout_s=5)
            await transport.close()
            assert [request.target for request in upstream.requests] == KEPT

    asyncio.run(run())


def test_a_url_without_a_path_asks_for_the_root(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(answer()) as upstream:
            transport = open_transport(
                kind, EgressGuard(parse_egress_allow("127.0.0.1"), always("127.0.0.1"))
            )
            for target in ("", "?q=1"):
                await transport.send(get(upstream.url(target, host="api.test")), timeout_s=5)
            await transport.close()
            assert [request.target for request in upstream.requests] == ["/", "/?q=1"]

    asyncio.run(run())


@pytest.mark.parametrize("target", REFUSED)
def test_s6_a_url_that_would_be_rewritten_is_not_sent(kind: TransportKind, target: str) -> None:
    failed = refused(kind, EgressGuard((), always("93.184.216.34")), f"http://api.test{target}")

    assert failed.code == EGRESS_BLOCKED
    assert "write" in failed.message


# --- addresses


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://127.1:9/", "http://[::1]:9/", "http://api.test:9/", "ftp://api.test/"],
)
def test_s6_a_forbidden_address_is_not_connected_to(kind: TransportKind, url: str) -> None:
    assert refused(kind, EgressGuard((), always("10.0.0.1")), url).code == EGRESS_BLOCKED


def test_a_version_6_address_is_reached(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(answer(b"six"), host="::1") as upstream:
            transport = open_transport(kind, EgressGuard(parse_egress_allow("::1"), always("::1")))
            for host in ("[::1]", "six.test"):
                got = await transport.send(get(upstream.url(host=host)), timeout_s=5)
                assert got.body == b"six"
            await transport.close()
            hosts = [request.header("host") for request in upstream.requests]
            assert hosts == [[f"[::1]:{upstream.port}"], [f"six.test:{upstream.port}"]]

    asyncio.run(run())


def test_each_source_and_origin_has_its_own_connections(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(answer()) as upstream:
            transport = open_transport(
                kind, EgressGuard(parse_egress_allow("127.0.0.1"), always("127.0.0.1"))
            )
            for source, host in (("a", "x.test"), ("b", "x.test"), ("a", "y.test"), ("a", "x.test")):
                await transport.send(get(upstream.url(host=host), source=source), timeout_s=5)
            assert upstream.accepted == 3
            await transport.close()

    asyncio.run(run())


def test_s6_a_name_that_answers_public_first_and_private_second_is_never_followed_inside(
    kind: TransportKind,
) -> None:
    """127.0.0.2 stands for the public address, which a rule allows; 127.0.0.1 is the private one."""

    async def run() -> None:
        clock = Clock()
        resolver = in_turn(["127.0.0.2"], ["127.0.0.1"])
        guard = EgressGuard(parse_egress_allow("127.0.0.2"), resolver, clock=clock)
        async with serve_upstream(answer(b"public"), host="127.0.0.2") as public:
            transport = open_transport(kind, guard)
            url = public.url(host="rebind.test")
            assert (await transport.send(get(url), timeout_s=5)).body == b"public"
            clock.now += ADDRESS_TTL_S + 1
            with pytest.raises(CallFailed) as caught:
                await transport.send(get(url), timeout_s=5)
            assert caught.value.code == EGRESS_BLOCKED
            await transport.close()
            assert len(public.requests) == 1

    asyncio.run(run())


def test_an_address_that_moved_is_followed_without_dropping_the_call_under_way(kind: TransportKind) -> None:
    async def run() -> None:
        clock = Clock()
        gate = asyncio.Event()
        guard = EgressGuard(
            parse_egress_allow("127.0.0.0/8"), in_turn(["127.0.0.2"], ["127.0.0.3"]), clock=clock
        )
        async with (
            serve_upstream(when_set(gate, answer(b"old")), host="127.0.0.2") as old,
            serve_upstream(answer(b"new"), host="127.0.0.3", port=old.port) as new,
        ):
            transport = open_transport(kind, guard)
            url = old.url(host="moves.test")
            under_way = asyncio.create_task(transport.send(get(url), timeout_s=5))
            await old.until(lambda it: len(it.requests) == 1)
            clock.now += ADDRESS_TTL_S + 1
            assert (await transport.send(get(url), timeout_s=5)).body == b"new"
            gate.set()
            assert (await under_way).body == b"old"
            await old.until_all_closed()
            await transport.close()
            await new.until_all_closed()

    asyncio.run(run())


def test_an_address_that_stayed_keeps_its_connections_and_is_renewed_ahead_of_time(
    kind: TransportKind,
) -> None:
    async def run() -> None:
        clock = Clock()
        guard = EgressGuard(parse_egress_allow("127.0.0.0/8"), always("127.0.0.1"), clock=clock)
        async with serve_upstream(answer()) as upstream:
            transport = open_transport(kind, guard)
            for _ in range(10):
                await transport.send(get(upstream.url(host="stays.test")), timeout_s=5)
                clock.now += ADDRESS_TTL_S * 0.9
            assert upstream.accepted == 1
            await transport.close()

    asyncio.run(run())


def test_a_source_that_is_no_longer_called_gives_its_connections_back(kind: TransportKind) -> None:
    async def run() -> None:
        clock = Clock()
        guard = EgressGuard(parse_egress_allow("127.0.0.0/8"), always("127.0.0.1"), clock=clock)
        async with serve_upstream(answer()) as old, serve_upstream(answer()) as new:
            transport = open_transport(kind, guard)
            await transport.send(get(old.url(host="old.test")), timeout_s=5)
            clock.now += 600
            await transport.send(get(new.url(host="new.test")), timeout_s=5)
            await old.until_all_closed()
            assert new.open_connections == 1
            await transport.close()

    asyncio.run(run())


def test_another_address_is_tried_after_one_that_cannot_be_reached(kind: TransportKind) -> None:
    async def run() -> None:
        clock = Clock()
        guard = EgressGuard(parse_egress_allow("127.0.0.0/8"), always("127.0.0.9", "127.0.0.1"), clock=clock)
        async with serve_upstream(answer(b"second")) as upstream:
            transport = open_transport(kind, guard)
            call = get(upstream.url(host="two.test"))
            for _ in range(2):
                with pytest.raises(CallFailed) as caught:
                    await transport.send(call, timeout_s=5)
                assert caught.value.code == UPSTREAM_UNREACHABLE
                clock.now += 2
            assert (await transport.send(call, timeout_s=5)).body == b"second"
            await transport.close()

    asyncio.run(run())


def test_a_name_server_that_hangs_takes_no_longer_than_the_call(kind: TransportKind) -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async def run() -> None:
        transport = open_transport(kind, EgressGuard((), never))
        with pytest.raises(CallFailed) as caught:
            await transport.send(get("http://api.test/"), timeout_s=0.1)
        assert caught.value.code == UPSTREAM_TIMEOUT
        await transport.close()

    asyncio.run(run())


def test_closing_ends_a_call_that_waits_for_its_name(kind: TransportKind) -> None:
    async def run() -> None:
        asked = asyncio.Event()

        async def never(_host: str, _port: int) -> Sequence[str]:
            asked.set()
            await asyncio.Event().wait()
            return []

        transport = open_transport(kind, EgressGuard((), never))
        call = asyncio.create_task(transport.send(get("http://api.test/"), timeout_s=60))
        await asked.wait()
        await transport.close()
        with pytest.raises(CallFailed) as caught:
            await call
        assert caught.value.code == UPSTREAM_UNREACHABLE

    asyncio.run(run())


def test_one_caller_that_leaves_does_not_end_the_look_up_of_another(kind: TransportKind) -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def slowly(_host: str, _port: int) -> Sequence[str]:
            await gate.wait()
            return ["127.0.0.1"]

        async with serve_upstream(answer(b"kept")) as upstream:
            transport = open_transport(kind, EgressGuard(parse_egress_allow("127.0.0.1"), slowly))
            call = get(upstream.url(host="slow.test"))
            leaves, stays = (asyncio.create_task(transport.send(call, timeout_s=5)) for _ in range(2))
            await asyncio.sleep(0)
            leaves.cancel()
            with pytest.raises(asyncio.CancelledError):
                await leaves
            gate.set()
            assert (await stays).body == b"kept"
            await transport.close()

    asyncio.run(run())


def test_a_name_is_looked_up_once_for_calls_that_come_together(kind: TransportKind) -> None:
    asked: list[str] = []

    async def resolver(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        await asyncio.sleep(0)
        return ["127.0.0.1"]

    async def run() -> None:
        async with serve_upstream(answer()) as upstream:
            transport = open_transport(kind, EgressGuard(parse_egress_allow("127.0.0.1"), resolver))
            call = get(upstream.url(host="once.test"))
            await asyncio.gather(*(transport.send(call, timeout_s=5) for _ in range(20)))
            await transport.close()

    asyncio.run(run())
    assert asked == ["once.test"]


# --- certificates


def over_tls(
    kind: TransportKind,
    context: ssl.SSLContext,
    *,
    host: str,
    trusted: bytes,
    check: Callable[[Upstream], None],
) -> bytes:
    async def run() -> bytes:
        async with serve_upstream(answer(b"safe"), tls=context) as upstream:
            guard = EgressGuard(parse_egress_allow("127.0.0.1"), always("127.0.0.1"))
            transport = open_transport(kind, guard, identity=Identity(trusted_ca_pem=trusted))
            try:
                return (await transport.send(get(upstream.url(host=host)), timeout_s=5)).body
            finally:
                await transport.close()
                check(upstream)

    return asyncio.run(run())


def test_the_certificate_is_checked_against_the_host_name_not_the_address(
    kind: TransportKind, authority: Authority
) -> None:
    context = authority.server_context("api.test")
    asked_for: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)

    def check(upstream: Upstream) -> None:
        assert upstream.requests[0].header("host") == [f"api.test:{upstream.port}"]

    assert over_tls(kind, context, host="api.test", trusted=authority.pem, check=check) == b"safe"
    assert asked_for == ["api.test"]


def test_an_address_may_have_a_certificate_too(kind: TransportKind, authority: Authority) -> None:
    context = authority.server_context("127.0.0.1")
    assert over_tls(kind, context, host="127.0.0.1", trusted=authority.pem, check=lambda _: None) == b"safe"


@pytest.mark.parametrize("names", [("other.test",), ("127.0.0.1",)], ids=["other-name", "address-only"])
def test_s6_a_certificate_for_another_name_is_refused(
    kind: TransportKind, authority: Authority, names: tuple[str, ...]
) -> None:
    with pytest.raises(CallFailed) as caught:
        over_tls(
            kind, authority.server_context(*names), host="api.test", trusted=authority.pem, check=saw_none
        )

    assert (caught.value.code, caught.value.retryable) == (UPSTREAM_UNREACHABLE, False)


def test_a_certificate_of_an_unknown_authority_is_refused(kind: TransportKind, authority: Authority) -> None:
    context = authority.server_context("api.test")
    with pytest.raises(CallFailed) as caught:
        over_tls(kind, context, host="api.test", trusted=make_authority().pem, check=saw_none)

    assert (caught.value.code, caught.value.retryable) == (UPSTREAM_UNREACHABLE, False)


def saw_none(upstream: Upstream) -> None:
    assert upstream.requests == []


# --- what no transport waits for


def test_a_call_without_time_left_fails_at_once(kind: TransportKind) -> None:
    async def run() -> None:
        async with serve_upstream(hang()) as upstream:
            transport = open_transport(
                kind, EgressGuard(parse_egress_allow("127.0.0.1"), always("127.0.0.1"))
            )
            for timeout_s in (0.0, -1.0):
                with pytest.raises(CallFailed) as caught:
                    await transport.send(get(upstream.url(host="late.test")), timeout_s=timeout_s)
                assert caught.value.code == UPSTREAM_TIMEOUT
            await transport.close()

    asyncio.run(run())
