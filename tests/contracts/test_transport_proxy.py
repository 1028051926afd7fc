"""A proxy that the operator named carries every call, and is then what judges the addresses of names."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import get_args

import pytest

from engine.resource.calls import EGRESS_BLOCKED, UPSTREAM_UNREACHABLE, Answer, Call, CallFailed, Transport
from engine.resource.egress import EgressGuard, parse_egress_allow
from engine.resource.transport import Identity, TransportKind, open_transport
from tests.servers.certificates import make_authority
from tests.servers.proxy import Proxy, serve_proxy
from tests.servers.upstream import answer, serve_upstream

TARGETS = ["/a%2Fb?q=%zz&x=[1]|2^", "/?", "/a//b??c"]
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(params=get_args(TransportKind))
def kind(request: pytest.FixtureRequest) -> TransportKind:
    return request.param


async def never_asked(host: str, _port: int) -> Sequence[str]:
    raise AssertionError(f"the gateway looked up {host}, which is the proxy's to do")


@asynccontextmanager
async def through(
    proxy: Proxy | str, kind: TransportKind, *, allow: str = "", trusted: bytes = b""
) -> AsyncGenerator[Transport]:
    transport = open_transport(
        kind,
        EgressGuard(parse_egress_allow(allow), never_asked),
        identity=Identity(trusted_ca_pem=trusted),
        proxy=proxy if isinstance(proxy, str) else proxy.url,
    )
    try:
        yield transport
    finally:
        await transport.close()


async def get(transport: Transport, url: str) -> Answer:
    return await transport.send(Call(source="m/s", method="GET", url=url), timeout_s=5)


async def failure(transport: Transport, url: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await get(transport, url)
    return caught.value


async def test_plain_http_goes_to_the_proxy_as_an_absolute_url_to_the_byte(kind: TransportKind) -> None:
    async with serve_upstream(answer(b"carried")) as upstream, serve_proxy() as proxy:
        urls = [upstream.url(target, host="api.test") for target in TARGETS]
        async with through(proxy, kind) as transport:
            for url in urls:
                assert (await get(transport, url)).body == b"carried"

    assert [(asked.method, asked.target) for asked in proxy.requests] == [("GET", url) for url in urls]
    assert [request.target for request in upstream.requests] == TARGETS
    assert upstream.requests[0].header("host") == [f"api.test:{upstream.port}"]


async def test_https_passes_through_the_proxy_encrypted_and_checked(kind: TransportKind) -> None:
    authority = make_authority()
    tls = authority.server_context("api.test")
    async with (
        serve_upstream(answer(b"sealed"), tls=tls) as upstream,
        serve_proxy() as proxy,
        through(proxy, kind, trusted=authority.pem) as transport,
    ):
        for target in TARGETS:
            assert (await get(transport, upstream.url(target, host="api.test"))).body == b"sealed"
        refused = await failure(transport, upstream.url(host="other.test"))

    assert {asked.method for asked in proxy.requests} == {"CONNECT"}
    assert proxy.requests[0].target == f"api.test:{upstream.port}"
    assert [request.target for request in upstream.requests] == TARGETS
    assert refused.code == UPSTREAM_UNREACHABLE


async def test_the_proxy_is_shown_the_credentials_of_its_url_and_the_api_is_not(kind: TransportKind) -> None:
    async with (
        serve_upstream(answer()) as upstream,
        serve_proxy(credentials="gate:word") as proxy,
        through(proxy, kind) as transport,
    ):
        assert (await get(transport, upstream.url(host="api.test"))).status == 200

    assert upstream.requests[0].header("proxy-authorization") == []


async def test_a_tunnel_that_the_proxy_refuses_is_no_way_to_the_api(kind: TransportKind) -> None:
    async with serve_proxy(credentials="gate:word") as proxy:
        stranger = proxy.url.replace("gate:word", "gate:sesame")
        async with through(stranger, kind) as transport:
            failed = await failure(transport, "https://api.test/")

    assert failed.code == UPSTREAM_UNREACHABLE
    assert "sesame" not in str(failed)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_down_makes_every_api_unreachable(kind: TransportKind, scheme: str) -> None:
    async with through(NOWHERE, kind) as transport:
        failed = await failure(transport, f"{scheme}://api.test/")

    assert (failed.code, failed.retryable) == (UPSTREAM_UNREACHABLE, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "169.254.169.254", "127.1"])
async def test_s6_an_address_that_is_written_out_is_still_judged_here(kind: TransportKind, host: str) -> None:
    async with serve_proxy() as proxy, through(proxy, kind) as transport:
        failed = await failure(transport, f"http://{host}/")

    assert failed.code == EGRESS_BLOCKED
    assert proxy.requests == []


async def test_an_address_that_is_allowed_is_asked_of_the_proxy(kind: TransportKind) -> None:
    async with serve_proxy() as proxy, through(proxy, kind, allow="m/s=10.0.0.1") as transport:
        got = await get(transport, "http://10.0.0.1/x")

    assert got.status == 502  # this proxy knows no such host
    assert [asked.target for asked in proxy.requests] == ["http://10.0.0.1/x"]


async def test_variables_that_name_exceptions_are_ignored(
    kind: TransportKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    async with (
        serve_upstream(answer()) as upstream,
        serve_proxy() as proxy,
        through(proxy, kind) as transport,
    ):
        await get(transport, upstream.url(host="api.test"))

    assert len(proxy.requests) == 1
