"""Kept answers through the real gateway: once for all, never another's, void after a write elsewhere."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest

from tests.servers.client import Client, connect
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.redis_server import RedisServer
from tests.servers.tokens import bearer
from tests.servers.upstream import answer, answer_with, in_turn, serve_upstream
from tests.servers.wire import Behaviour, Received

SDL = """
extend schema @owner(unit: "demo")
  @source(name: "shop", http: {{ baseURL: "{base}" }})
  @source(
    name: "mine"
    http: {{ baseURL: "{base}", headers: [{{ name: "authorization", from: "authorization" }}] }}
  )
type Query {{
  price(of: ID): Int @cacheControl(maxAge: 600)
    @connect(source: "shop", http: {{ GET: "/price?of={{$args.of}}" }}, selection: "$.v")
  lasting: Int @cacheControl(maxAge: 0, staleIfError: 600)
    @connect(source: "shop", http: {{ GET: "/lasting" }}, selection: "$.v")
  byToken: String @cacheControl(maxAge: 600, scope: PUBLIC)
    @connect(source: "mine", http: {{ GET: "/token" }}, selection: "$.who")
  bySubject: String @cacheControl(maxAge: 600)
    @connect(source: "shop", http: {{ GET: "/subject?of={{$context.subject}}" }}, selection: "$.who")
  byScope: Int @cacheControl(maxAge: 600, scope: PRIVATE)
    @connect(source: "shop", http: {{ GET: "/scope" }}, selection: "$.v")
}}
type Mutation {{ set: Int @connect(source: "shop", http: {{ POST: "/set" }}, selection: "$.v") }}
"""
PEOPLE = tuple(f"person-{n}" for n in range(6))
QUESTIONS = 240
CONNECTIONS = 12  # enough for both of two workers to be asked


@pytest.fixture(scope="module", params=["memory", "redis"])
def cached(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that knows its callers, and keeps answers in its memory or in Redis."""
    environment = {"PAIFANG_FORWARD_CREDENTIALS": "mine"}
    if request.param == "redis":
        environment["PAIFANG_REDIS_URL"] = request.getfixturevalue("redis_url")
    data = tmp_path_factory.mktemp("cached")
    with serve_gateway(data, "--dev-auth", environment=environment) as running:
        yield running


class Numbers:
    """An API that gives another number each time."""

    def __init__(self) -> None:
        self.given = 0

    def behaviour(self) -> Behaviour:
        return answer_with(self._next)

    def _next(self, _: Received) -> bytes:
        self.given += 1
        return json.dumps({"v": self.given}).encode()


def echo(request: Received) -> bytes:
    return json.dumps({"who": request.target + "".join(request.header("authorization"))}).encode()


async def publish(client: Client, gateway: Gateway, base: str) -> None:
    publisher = bearer(gateway, "publisher", roles=["publisher"], units=["demo"])
    reply = await client.publish(SDL.format(base=base), headers=publisher)
    assert not reply.errors, reply.errors


async def test_an_answer_is_fetched_once_for_everybody_and_every_argument(cached: Gateway) -> None:
    async with serve_upstream(Numbers().behaviour()) as upstream, connect(cached.url) as client:
        await publish(client, cached, upstream.url(""))
        query = "query($of: ID) { price(of: $of) }"
        answers = [
            (await client.data(query, {"of": of}, **bearer(cached, who)))["price"]
            for who, of in (("ann", "a"), ("bob", "a"), ("ann", "b"), ("bob", "a"))
        ]
        assert answers == [1, 1, 2, 1]


async def test_what_is_kept_never_crosses_callers(cached: Gateway) -> None:
    """A canary in each answer: who it was made for."""
    routes = {"/token": answer_with(echo), "/subject": answer_with(echo), "/scope": Numbers().behaviour()}
    chosen, tokens = Random(13), {who: bearer(cached, who) for who in PEOPLE}
    numbers: dict[str, set[int]] = {who: set() for who in PEOPLE}
    async with serve_upstream(routes) as upstream, connect(cached.url) as client:
        await publish(client, cached, upstream.url(""))
        for _ in range(QUESTIONS):
            who = chosen.choice(PEOPLE)
            field = chosen.choice(("byToken", "bySubject", "byScope", "byToken bySubject byScope"))
            data = await client.data(f"{{ {field} }}", None, **tokens[who])
            assert data.get("byToken", tokens[who]["authorization"]).endswith(tokens[who]["authorization"])
            assert data.get("bySubject", who).endswith(who)
            numbers[who] |= {data["byScope"]} if "byScope" in data else set()
        asked = Counter(request.target for request in upstream.requests)

    given = [number for each in numbers.values() for number in each]
    assert len(given) == len(set(given)), "two callers were given the same answer"
    if "PAIFANG_REDIS_URL" not in cached.environment:  # on a busy machine Redis may be too slow for some
        assert (asked["/token"], asked["/scope"]) == (len(PEOPLE), len(PEOPLE))


async def test_the_last_good_value_stands_in_until_there_is_a_write(cached: Gateway) -> None:
    failing = in_turn(answer(b'{"v": 1}'), answer(status=503))
    routes = {"/lasting": failing, "/set": answer(b'{"v": 2}')}
    async with serve_upstream(routes) as upstream, connect(cached.url) as client:
        await publish(client, cached, upstream.url(""))
        token = bearer(cached, "ann")
        assert [await client.data("{ lasting }", None, **token) for _ in range(3)] == [{"lasting": 1}] * 3
        await client.data("mutation { set }", None, **token)
        reply = await client.ask("{ lasting }", headers=token)
        assert (reply.data, reply.codes) == ({"lasting": None}, ["UPSTREAM_STATUS"])


async def test_a_write_on_one_replica_is_seen_on_the_other(redis_url: str, tmp_path: Path) -> None:
    environment = {"PAIFANG_REDIS_URL": redis_url}
    routes = {"/price": Numbers().behaviour(), "/set": answer(b'{"v": 0}')}
    with (
        serve_gateway(tmp_path / "one", environment=environment) as one,
        serve_gateway(tmp_path / "other", environment=environment) as other,
    ):
        async with serve_upstream(routes) as upstream, connect(one.url) as here, connect(other.url) as there:
            for client in (here, there):
                await client.serve(SDL.format(base=upstream.url("")))
            assert [await client.data("{ price }") for client in (here, there, here)] == [{"price": 1}] * 3
            await here.data("mutation { set }")
            assert [await client.data("{ price }") for client in (there, here)] == [{"price": 2}] * 2


async def test_a_write_through_one_worker_is_seen_by_all(tmp_path: Path) -> None:
    routes = {"/price": Numbers().behaviour(), "/set": answer(b'{"v": 0}')}
    with serve_gateway(tmp_path, "--workers", "2") as gateway:
        async with serve_upstream(routes) as upstream, connect(gateway.url) as client:
            await client.serve(SDL.format(base=upstream.url("")))
            before = {await price_by_any_worker(gateway) for _ in range(CONNECTIONS)}
            assert before <= {1, 2}  # each worker has its own
            await client.data("mutation { set }")
            async with asyncio.timeout(10):
                while (now := {await price_by_any_worker(gateway) for _ in range(CONNECTIONS)}) & before:
                    pass
            assert now.isdisjoint(before)


async def price_by_any_worker(gateway: Gateway) -> int:
    """Over a new connection, which the kernel gives to either worker."""
    async with connect(gateway.url) as client:
        return (await client.data("{ price }"))["price"]


async def test_a_changed_module_and_other_secrets_begin_anew(cached: Gateway) -> None:
    sdl = """
    extend schema @owner(unit: "demo") @source(name: "shop", http: {{ baseURL: "{base}", headers: [
      {{ name: "x-key", value: "{{$config.key}}" }}] }})
    type Query {{ priced: Int @cacheControl(maxAge: 600)
      @connect(source: "shop", http: {{ GET: "/price" }}, selection: "$.v") }}
    """
    publisher = bearer(cached, "publisher", roles=["publisher"], units=["demo"])
    async with serve_upstream(Numbers().behaviour()) as upstream, connect(cached.url) as client:
        text, answers = sdl.format(base=upstream.url("")), list[int]()
        changed = text.replace('"$.v"', '"$.v->add(100)"')
        for module, key in ((text, "k-1"), (text, "k-2"), (text, "k-1"), (changed, "k-1")):
            more = {"config": {"key": key}}
            reply = await client.publish(module, module="priced", headers=publisher, more=more)
            assert not reply.errors, reply.errors
            answers += [(await client.data("{ priced }", None, **publisher))["priced"] for _ in range(2)]
        assert answers == [1, 1, 2, 2, 1, 1, 103, 103]


def test_readiness_tells_whether_redis_answers(redis_server: RedisServer, tmp_path: Path) -> None:
    with serve_gateway(tmp_path, environment={"PAIFANG_REDIS_URL": redis_server.url}) as gateway:
        assert httpx.get(f"{gateway.url}/health/ready").json() == {"status": "ready", "redis": "answers"}
        redis_server.kill()
        while (told := httpx.get(f"{gateway.url}/health/ready")).json()["redis"] == "answers":
            assert told.status_code == 200
        assert told.json() == {"status": "ready", "redis": "away: requests go on without it"}


def test_a_gateway_starts_while_redis_is_away_and_shows_no_password(
    redis_server: RedisServer, tmp_path: Path
) -> None:
    redis_server.kill()
    url = redis_server.url.replace("//", "//:hunter2@")
    with serve_gateway(tmp_path, environment={"PAIFANG_REDIS_URL": url}) as gateway:
        assert httpx.get(f"{gateway.url}/health/ready").status_code == 200
        assert "redis is away" in gateway.log()
        assert "hunter2" not in gateway.log()
