"""Who may see what: roles, scopes, channels, hidden fields; a denied field makes no call."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import pytest

from tests.servers.client import Client, connect
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.tokens import bearer
from tests.servers.upstream import Upstream, answer, serve_upstream

SDL = """
extend schema @owner(unit: "demo") @source(name: "shop", http: {{ baseURL: "{base}" }})
type Query {{
  order: Order @connect(source: "shop", http: {{ GET: "/order" }}, selection: "id price secret cost note")
}}
type Order {{
  id: ID!
  price: Int @requiresScopes(scopes: [["orders:read"]])
  secret: String @access(roles: ["auditor"])
  hint: String @value(expr: "this.secret + '!'")
  note: String @access(channels: ["hotline"], onDeny: NULL)
  cost: Int @access(roles: ["finance"], onDeny: HIDE)
  member: String @authenticated @connect(source: "shop", http: {{ GET: "/member" }}, selection: "$.name")
}}
"""
ORDER = answer(b'{"id": 1, "price": 5, "secret": "s", "cost": 3, "note": "n"}')
ROUTES = {"/order": ORDER, "/member": answer(b'{"name": "m"}')}
FIELDS = '{ __type(name: "Order") { fields { name } } }'


@pytest.fixture(scope="module")
def guarded(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that knows its callers, and lets others in as anonymous."""
    data = tmp_path_factory.mktemp("guarded")
    with serve(data, "--dev-auth", environment={"PAIFANG_ANONYMOUS": "true"}) as running:
        yield running


@asynccontextmanager
async def opened(guarded: Gateway) -> AsyncGenerator[tuple[Client, Upstream]]:
    """A client of the gateway that serves the SDL above, and its API."""
    publisher = bearer(guarded, "publisher", roles=["publisher"], units=["demo"])
    async with serve_upstream(ROUTES) as upstream, connect(guarded.url) as client:
        reply = await client.publish(SDL.format(base=upstream.url("")), headers=publisher)
        assert not reply.errors, reply.errors
        yield client, upstream


@pytest.mark.parametrize(
    ("field", "value", "roles", "scopes", "channel"),
    [
        ("price", 5, [], ["orders:read"], None),
        ("secret", "s", ["auditor"], [], None),
        ("hint", "s!", ["auditor"], [], None),
        ("note", "n", [], [], "hotline"),
        ("cost", 3, ["finance"], [], None),
        ("member", "m", [], [], None),
    ],
)
async def test_a_caller_whom_the_rule_admits_sees_the_field(
    guarded: Gateway, field: str, value: object, roles: list[str], scopes: list[str], channel: str | None
) -> None:
    async with opened(guarded) as (client, _):
        caller = bearer(guarded, roles=roles, scopes=scopes, channel=channel)

        reply = await client.ask(f"{{ order {{ {field} }} }}", headers=caller)

        assert (reply.data, reply.errors) == ({"order": {field: value}}, [])


@pytest.mark.parametrize("field", ["price", "secret", "hint"])
async def test_another_gets_a_null_and_an_error_and_the_fields_beside_it(
    guarded: Gateway, field: str
) -> None:
    async with opened(guarded) as (client, _):
        query = f"{{ order {{ id {field} }} }}"

        known = await client.ask(query, headers=bearer(guarded, roles=["someone"]))
        anonymous = await client.ask(query)

        assert known.data == anonymous.data == {"order": {"id": "1", field: None}}
        assert (known.status, known.codes) == (200, ["ACCESS_DENIED"])
        assert (anonymous.status, anonymous.codes) == (200, ["UNAUTHENTICATED"])


async def test_on_another_channel_a_field_may_be_null_without_an_error(guarded: Gateway) -> None:
    async with opened(guarded) as (client, _):
        app = bearer(guarded, channel="app")

        reply = await client.ask("{ order { id note } }", headers={**app, "x-channel": "hotline"})

        assert (reply.data, reply.errors) == ({"order": {"id": "1", "note": None}}, [])


async def test_a_denied_field_makes_no_call(guarded: Gateway) -> None:
    async with opened(guarded) as (client, upstream):
        reply = await client.ask("{ order { member } }")

        assert (reply.data, reply.codes) == ({"order": {"member": None}}, ["UNAUTHENTICATED"])
        assert upstream.received("/member") == []


async def test_a_hidden_field_is_not_in_the_schema_of_that_caller(guarded: Gateway) -> None:
    async with opened(guarded) as (client, _):
        outsider = bearer(guarded, roles=["developer"])
        insider = bearer(guarded, roles=["developer", "finance"])

        hidden = await client.ask("{ order { cost } }", headers=outsider)
        listed = await client.ask(FIELDS, headers=outsider)
        shown = await client.ask(FIELDS, headers=insider)

        assert (hidden.status, hidden.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
        names = [field["name"] for field in listed.data["__type"]["fields"]]
        assert names == ["id", "price", "secret", "hint", "note", "member"]
        assert "cost" in [field["name"] for field in shown.data["__type"]["fields"]]


async def test_a_caller_who_may_not_look_at_the_schema_is_told_nothing_of_it(guarded: Gateway) -> None:
    async with opened(guarded) as (client, _):
        caller = bearer(guarded, roles=["user"])

        introspection = await client.ask("{ __schema { types { name } } }", headers=caller)
        misspelt = await client.ask("{ order { pric } }", headers=caller)
        told = await client.ask("{ order { pric } }", headers=bearer(guarded, roles=["developer"]))

        assert set(introspection.codes) == {"GRAPHQL_VALIDATION_FAILED"}
        assert introspection.data is None
        assert "Did you mean" not in misspelt.text
        assert "Did you mean" in told.text


@pytest.mark.parametrize(
    ("roles", "units"), [([], ["demo"]), (["publisher"], ["other"]), (["agent"], ["demo"])]
)
async def test_publishing_needs_the_role_and_the_unit(
    guarded: Gateway, roles: list[str], units: list[str]
) -> None:
    async with opened(guarded) as (client, _):
        stranger = bearer(guarded, roles=roles, units=units)

        reply = await client.publish(SDL.format(base="http://127.0.0.1:9"), headers=stranger)
        anonymous = await client.publish(SDL.format(base="http://127.0.0.1:9"))

        assert reply.codes == ["ACCESS_DENIED"]
        assert anonymous.codes == ["UNAUTHENTICATED"]


async def test_two_callers_who_see_different_things_share_no_answer(guarded: Gateway) -> None:
    async with opened(guarded) as (client, _):
        query = "{ order { secret } }"

        admitted = await client.ask(query, headers=bearer(guarded, roles=["auditor"]))
        denied = await client.ask(query, headers=bearer(guarded, roles=["agent"]))
        again = await client.ask(query, headers=bearer(guarded, roles=["auditor"]))

        assert admitted.data == again.data == {"order": {"secret": "s"}}
        assert denied.data == {"order": {"secret": None}}
