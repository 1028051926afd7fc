"""A failing API hurts only the fields that need it, and says what happened without saying where."""

import pytest

from tests.servers.client import connect
from tests.servers.gateway import Gateway
from tests.servers.upstream import (
    answer,
    close_early,
    drip,
    hang,
    hang_in_body,
    redirect,
    reset,
    send_raw,
    serve_upstream,
)
from tests.servers.wire import Behaviour

SDL = """
extend schema @owner(unit: "demo")
  @source(name: "good", http: {{ baseURL: "{base}" }})
  @source(name: "bad", http: {{ baseURL: "{base}" }}, policy: {{ timeoutMs: 300 }})
type Query {{
  fine: String @connect(source: "good", http: {{ GET: "/fine" }}, selection: "$.name")
  ill: String @connect(source: "bad", id: "sick", http: {{ GET: "/ill" }}, selection: "$.name")
  whole: Whole @value(const: {{}})
  usual: String @connect(source: "bad", http: {{ GET: "/ill" }}, selection: "$.name",
    onError: DEFAULT, default: "as usual")
}}
type Whole {{
  fine: String @connect(source: "good", http: {{ GET: "/fine" }}, selection: "$.name")
  ill: String! @connect(source: "bad", http: {{ GET: "/ill" }}, selection: "$.name")
}}
"""

FINE = answer(b'{"name": "fine"}')
SECRET = b"stack trace of business unit at 10.1.2.3"

FAULTS = {
    "status 500": (answer(SECRET, status=500), "UPSTREAM_STATUS"),
    "status 404": (answer(SECRET, status=404), "UPSTREAM_STATUS"),
    "redirect": (redirect("http://169.254.169.254/"), "UPSTREAM_STATUS"),
    "hang": (hang(), "UPSTREAM_TIMEOUT"),
    "hang in body": (hang_in_body(), "UPSTREAM_TIMEOUT"),
    "drip": (drip(b'{"name": "at last"}', every_s=0.1), "UPSTREAM_TIMEOUT"),
    "reset": (reset(), "UPSTREAM_UNREACHABLE"),
    "close": (close_early(), "UPSTREAM_UNREACHABLE"),
    "garbage": (answer(SECRET), "UPSTREAM_BODY"),
    "no HTTP": (send_raw(SECRET), "UPSTREAM_BODY"),
}


@pytest.mark.parametrize(("fault", "code"), FAULTS.values(), ids=FAULTS)
async def test_only_the_failing_api_has_nulls_and_typed_errors(
    gateway: Gateway, fault: Behaviour, code: str
) -> None:
    async with serve_upstream({"/fine": FINE, "/ill": fault}) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url("")))

        reply = await client.ask("{ fine ill }")

        assert (reply.status, reply.data) == (200, {"fine": "fine", "ill": None})
        assert reply.code_at("ill") == code
        assert len(reply.errors) == 1
        facts = reply.errors[0]["extensions"]
        assert (facts["source"], facts["connector"], facts["attempt"]) == ("bad", "sick", 1)
        assert isinstance(facts["retryable"], bool)
        for part in ("10.1.2.3", "169.254", str(upstream.port), "Traceback"):
            assert part not in reply.text


async def test_an_answer_of_the_wrong_type_is_a_mapping_error_where_it_stands(gateway: Gateway) -> None:
    routes = {"/fine": FINE, "/ill": answer(b'{"name": ["a", "payload"]}')}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url("")))

        reply = await client.ask("{ fine ill }")

        assert reply.data == {"fine": "fine", "ill": None}
        assert reply.code_at("ill") == "MAPPING_ERROR"
        assert "payload" not in reply.text


async def test_a_status_of_an_api_is_told_and_is_never_the_gateways(gateway: Gateway) -> None:
    routes = {"/fine": FINE, "/ill": answer(SECRET, status=401)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url("")))

        reply = await client.ask("{ ill }")

        assert (reply.status, reply.errors[0]["extensions"]["httpStatus"]) == (200, 401)


async def test_a_null_where_none_may_be_takes_the_object_and_no_more(gateway: Gateway) -> None:
    routes = {"/fine": FINE, "/ill": answer(status=500)}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url("")))

        reply = await client.ask("{ fine whole { fine ill } }")

        assert reply.data == {"fine": "fine", "whole": None}
        assert reply.code_at("whole", "ill") == "UPSTREAM_STATUS"


async def test_a_declared_default_stands_in_without_an_error(gateway: Gateway) -> None:
    routes = {"/fine": FINE, "/ill": reset()}
    async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
        await client.serve(SDL.format(base=upstream.url("")))

        assert await client.data("{ usual }") == {"usual": "as usual"}
