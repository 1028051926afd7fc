"""PAIFANG_EGRESS_PROXY: every call of a gateway is carried by the proxy that its operator named."""

from pathlib import Path

from tests.servers.client import Reply, connect
from tests.servers.gateway_fixtures import Serve
from tests.servers.proxy import serve_proxy
from tests.servers.upstream import answer, serve_upstream

SDL = """
extend schema @owner(unit: "demo") @source(name: "s", http: {{ baseURL: "{base}" }})
type Query {{ name: String @connect(source: "s", http: {{ GET: "/name" }}, selection: "$.name") }}
"""


async def ask_through(proxy: str, base: str, serve: Serve, data: Path) -> Reply:
    environment = {"PAIFANG_EGRESS_ALLOW": "", "PAIFANG_EGRESS_PROXY": proxy}
    with serve(data, environment=environment) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(SDL.format(base=base))
            return await client.ask("{ name }")


async def test_calls_go_through_the_proxy_which_knows_the_names(serve: Serve, tmp_path: Path) -> None:
    async with serve_upstream(answer(b'{"name": "carried"}')) as upstream, serve_proxy() as proxy:
        reply = await ask_through(proxy.url, upstream.url("", host="api.test"), serve, tmp_path)

    assert reply.data == {"name": "carried"}
    assert [asked.target for asked in proxy.requests] == [upstream.url("/name", host="api.test")]


async def test_without_its_proxy_a_gateway_calls_nobody(serve: Serve, tmp_path: Path) -> None:
    async with serve_upstream(answer()) as upstream:
        reply = await ask_through("http://127.0.0.1:9", upstream.url("", host="api.test"), serve, tmp_path)

    assert reply.codes == ["UPSTREAM_UNREACHABLE"]
    assert upstream.accepted == 0
