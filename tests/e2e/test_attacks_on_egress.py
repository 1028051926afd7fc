"""S6: registered URLs and arguments that try to reach what they may not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.client import Client, Reply, connect
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.upstream import Upstream, answer, redirect, serve_upstream

FINE = answer(b'{"name": "reached"}')
LITERALS = (
    *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "0x7f000001", "0x7f.1", "0177.0.0.1", "2130706433"),
    *("0.0.0.0", "0", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "192.168.0.1", "100.64.0.1", "224.0.0.1"),
    *("localhost.", "169.254.169.254", "169.254.169.254.", "[::ffff:169.254.169.254]", "0xa9fea9fe"),
)
NAMES = ("localhost",)
NO_HOSTS = (
    "LOCALHOST",
    *("user:word@127.0.0.1", "127.0.0.1@127.0.0.1", "127.0.0.1\\\\@example.com", "[fe80::1%25lo]"),
    *("\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "\uff11\uff12\uff17.0.0.1", "loc\u0430lhost"),
)


@pytest.fixture(scope="module")
def strict(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway as it comes: no private address is allowed."""
    data = tmp_path_factory.mktemp("strict")
    with serve(data, environment={"PAIFANG_EGRESS_ALLOW": ""}) as running:
        yield running


def sdl_to(base: str, get: str = "/name") -> str:
    return f"""
    extend schema @owner(unit: "demo")
      @source(name: "s", http: {{ baseURL: "{base}" }}, policy: {{ timeoutMs: 1000 }})
    type Query {{ name(of: String): String
      @connect(source: "s", http: {{ GET: "{get}" }}, selection: "$.name") }}
    """


async def ask_configured(client: Client, upstream: Upstream, host: str) -> Reply:
    """What a host from the module's configuration comes to: it is known only when called."""
    sdl = sdl_to(f"http://{{$config.host}}:{upstream.port}")
    published = await client.publish(sdl, more={"config": {"host": host}})
    return published if published.errors else await client.ask("{ name }")


def problems_of(reply: Reply) -> set[str]:
    [error] = reply.errors
    return {problem["code"] for problem in error["extensions"]["problems"]}


@pytest.mark.parametrize("host", LITERALS)
async def test_S6_no_spelling_of_a_forbidden_address_is_registered_or_reached(
    strict: Gateway, host: str
) -> None:
    async with serve_upstream(FINE) as upstream, connect(strict.url) as client:
        written = await client.publish(sdl_to(f"http://{host}:{upstream.port}"))
        configured = await ask_configured(client, upstream, host)

        assert (written.codes, problems_of(written)) == (["RESOURCES_INVALID"], {"EGRESS_BLOCKED"})
        assert configured.codes == ["EGRESS_BLOCKED"]
        assert upstream.accepted == 0


async def test_S6_a_refused_address_is_named_at_its_place_and_an_allowed_one_is_none(
    serve: Serve, tmp_path: Path
) -> None:
    sdl = """extend schema @owner(unit: "demo")
  @source(name: "s", http: { baseURL: "http://10.0.0.1/" })
  @source(name: "t", http: { baseURL: "http://10.0.0.2/" })
type Query { name: String @connect(source: "s", http: { GET: "/" }, selection: "$.name")
  far: String @connect(http: { GET: "http://10.0.0.3/" }, selection: "$.name") }"""
    allow = {"PAIFANG_EGRESS_ALLOW": "case/s=10.0.0.1, t=10.0.0.2, other/t=10.0.0.0/8"}
    with serve(tmp_path, environment=allow) as gateway:
        async with connect(gateway.url) as client:
            [refused] = (await client.publish(sdl)).errors
            served = await client.serve(sdl.replace("10.0.0.3", "api.test"))

    [problem] = refused["extensions"]["problems"]
    assert (problem["code"], problem["line"], problem["column"]) == ("EGRESS_BLOCKED", 5, 38)
    assert (problem["path"], problem["severity"]) == ("Query.far", "ERROR")
    assert served["version"] == 1


@pytest.mark.parametrize("host", NAMES)
async def test_S6_a_name_of_a_forbidden_address_is_not_reached(strict: Gateway, host: str) -> None:
    async with serve_upstream(FINE) as upstream, connect(strict.url) as client:
        await client.serve(sdl_to(f"http://{host}:{upstream.port}"))
        written = await client.ask("{ name }")
        configured = await ask_configured(client, upstream, host)

        assert (written.codes, configured.codes) == (["EGRESS_BLOCKED"], ["EGRESS_BLOCKED"])
        assert upstream.accepted == 0
        assert "127.0.0.1" not in written.text


@pytest.mark.parametrize("host", NO_HOSTS)
async def test_S6_what_is_no_plain_host_is_no_host(strict: Gateway, host: str) -> None:
    async with serve_upstream(FINE) as upstream, connect(strict.url) as client:
        written = await client.publish(sdl_to(f"http://{host}:{upstream.port}"))
        configured = await ask_configured(client, upstream, host)

        assert (written.codes, problems_of(written)) == (["RESOURCES_INVALID"], {"TEMPLATE_SYNTAX"})
        assert configured.codes == ["MAPPING_ERROR"]
        assert upstream.accepted == 0


@pytest.mark.parametrize("base", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://{$args.of}/", "//x"])
async def test_S6_only_http_urls_with_a_fixed_host_are_registered(strict: Gateway, base: str) -> None:
    async with connect(strict.url) as client:
        reply = await client.publish(sdl_to(base))

    assert reply.codes == ["RESOURCES_INVALID"]


async def test_S6_a_redirect_is_not_followed(gateway: Gateway) -> None:
    async with serve_upstream(FINE) as inner, connect(gateway.url) as client:
        async with serve_upstream(redirect(inner.url("/name"))) as upstream:
            await client.serve(sdl_to(upstream.url("")))

            reply = await client.ask("{ name }")

        assert reply.codes == ["UPSTREAM_STATUS"]
        assert inner.accepted == 0


@pytest.mark.parametrize(
    ("value", "target"),
    [
        ("../admin", "/users/..%2Fadmin"),
        ("a/../../b", "/users/a%2F..%2F..%2Fb"),
        ("%2e%2e", "/users/%252e%252e"),
        ("a\r\nHost: b\r\n\r\nGET /c", "/users/a%0D%0AHost%3A%20b%0D%0A%0D%0AGET%20%2Fc"),
        ("a?b=c#d", "/users/a%3Fb%3Dc%23d"),
        ("a\\b\x00", "/users/a%5Cb%00"),
        ("@127.0.0.1", "/users/%40127.0.0.1"),
    ],
)
async def test_S6_an_argument_stays_in_its_segment(gateway: Gateway, value: str, target: str) -> None:
    async with serve_upstream(FINE) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_to(upstream.url(""), "/users/{$args.of}"))

        await client.data("query Q($of: String) { name(of: $of) }", {"of": value})

        assert [(request.method, request.target) for request in upstream.requests] == [("GET", target)]


@pytest.mark.parametrize("value", ["..", ".", ""])
async def test_S6_an_argument_that_would_change_the_path_makes_no_call(gateway: Gateway, value: str) -> None:
    async with serve_upstream(FINE) as upstream, connect(gateway.url) as client:
        await client.serve(sdl_to(upstream.url(""), "/users/{$args.of}"))

        reply = await client.ask("query Q($of: String) { name(of: $of) }", {"of": value})

        assert (reply.data, reply.codes) == ({"name": None}, ["MAPPING_ERROR"])
        assert upstream.accepted == 0


async def test_S6_an_argument_cannot_break_out_of_a_header(gateway: Gateway) -> None:
    async with serve_upstream(FINE) as upstream, connect(gateway.url) as client:
        header = 'headers: [{ name: "x-of", value: "{$args.of}" }], GET'
        await client.serve(sdl_to(upstream.url("")).replace("GET", header))

        reply = await client.ask("query Q($of: String) { name(of: $of) }", {"of": "a\r\nx-admin: yes"})

        assert (reply.data, reply.codes) == ({"name": None}, ["MAPPING_ERROR"])
        assert upstream.accepted == 0
