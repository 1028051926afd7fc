"""What APIs and fields did, told to their units by the query, and to scrapers: over workers and restarts."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.client import Client, connect
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.gateway_fixtures import Serve, empty_store
from tests.servers.tokens import bearer
from tests.servers.upstream import Upstream, answer, drip, serve_upstream

SDL = """
extend schema @owner(unit: "{unit}") @source(name: "{unit}-shop", http: {{ baseURL: "{base}" }})
type Query {{
  {unit}Order(id: ID!): {unit}Order
    @connect(source: "{unit}-shop", id: "{unit}-order", http: {{ GET: "/order" }}, selection: "id fee")
  {unit}Flaky: Int
    @connect(source: "{unit}-shop", id: "{unit}-flaky", http: {{ GET: "/flaky" }}, selection: "$.v")
  {unit}Slow: Int
    @connect(source: "{unit}-shop", id: "{unit}-slow", http: {{ GET: "/slow" }}, selection: "$.v")
}}
type {unit}Order {{ id: ID! fee: Int twice: Int @value(expr: "this.fee * 2") }}
"""
ORDER = b'{"id": 1, "fee": 5}'
ROUTES = {
    "/order": answer(ORDER),
    "/flaky": answer(b"SECRET-CANARY", status=503),
    "/slow": drip(b'{"v": 1}', every_s=0.05),
}
ROWS = """
query Rows($by: QualityDimension!, $filter: QualityFilter) {
  quality(by: $by, filter: $filter) {
    key unit calls errors errorRate errorCodes { code count } p50Ms p99Ms cacheHits shared sent bytes
  }
}
"""
Rows = Mapping[str, Mapping[str, Any]]  # Any: JSON
WEB = {"apollographql-client-name": "web", "apollographql-client-version": "1.2"}


async def rows(
    client: Client, by: str, /, *, headers: Mapping[str, str] | None = None, **chosen: str
) -> Rows:
    reply = await client.ask(ROWS, variables={"by": by, "filter": chosen}, headers=headers)
    assert not reply.errors, reply.errors
    return {row["key"]: row for row in reply.data["quality"]}


def module(upstream: Upstream, unit: str = "care") -> str:
    return SDL.format(base=upstream.url(""), unit=unit)


async def test_apis_fields_and_callers_are_told_as_they_were_asked(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path) as gateway:
        async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
            await client.serve(module(upstream))
            for number in range(3):
                query = f"{{ careOrder(id: {number}) {{ twice }} careFlaky }}"
                await client.ask(query, headers={**WEB, "x-channel": "hotline"})
            await client.ask("{ careOrder(id: 9) { id } }")

            apis, fields = await rows(client, "API"), await rows(client, "FIELD")

            assert {key: (row["calls"], row["errors"], row["sent"]) for key, row in apis.items()} == {
                "care-order": (4, 0, 4),
                "care-flaky": (3, 3, 3),
            }
            assert apis["care-flaky"]["errorCodes"] == [{"code": "UPSTREAM_STATUS", "count": 3}]
            assert (apis["care-flaky"]["errorRate"], apis["care-order"]["unit"]) == (1.0, "care")
            assert apis["care-order"]["bytes"] == 4 * len(ORDER)
            assert apis["care-order"]["p50Ms"] > 0
            told = {key: (row["calls"], row["errors"]) for key, row in fields.items()}
            assert told == {
                "Query.careOrder": (4, 0),
                "Query.careFlaky": (3, 3),
                "careOrder.fee": (3, 0),
                "careOrder.twice": (3, 0),
                "careOrder.id": (1, 0),
            }
            assert fields["careOrder.fee"]["p99Ms"] == apis["care-order"]["p99Ms"]
            clients = await rows(client, "CLIENT", coordinate="Query.careOrder")
            assert {key: row["calls"] for key, row in clients.items()} == {"web/1.2": 3, "(unknown)": 1}
            assert set(await rows(client, "FIELD", client="web", channel="hotline", api="care-flaky")) == {
                "Query.careFlaky"
            }
            assert set(await rows(client, "SOURCE")) == {"care-shop"}
            assert set(await rows(client, "UNIT")) == {"care"}
            assert set(await rows(client, "CHANNEL", api="care-flaky")) == {"hotline"}


async def test_who_shares_the_work_of_another_is_counted_as_such(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path) as gateway:
        async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
            await client.serve(module(upstream))

            await asyncio.gather(*(client.ask("{ careSlow }") for _ in range(5)))

            for by, key in (("API", "care-slow"), ("FIELD", "Query.careSlow")):
                row = (await rows(client, by))[key]
                assert row["calls"] == 5
                assert row["shared"] + row["sent"] == 5
                assert row["shared"] > 0
                assert row["p50Ms"] > 50


async def test_all_workers_are_told_and_a_restart_forgets_nothing(
    store: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    data, second = tmp_path / "first", tmp_path / "second"
    with empty_store(store, request) as settings:
        async with serve_upstream(ROUTES) as upstream:
            with serve_gateway(data, "--workers", "2", environment=settings) as gateway:
                async with connect(gateway.url) as client:
                    await client.serve(module(upstream))
                for _ in range(12):  # new connections: the kernel gives them to either worker
                    async with connect(gateway.url) as client:
                        await client.ask("{ careOrder(id: 1) { fee } }")
                for _ in range(4):
                    async with connect(gateway.url) as client:
                        assert (await rows(client, "API"))["care-order"]["calls"] == 12
                        scraped = await client.http.get("/metrics")
                        assert summed(scraped.text, "paifang_api_calls_total") == 12
                        assert workers(scraped.text) == {"1", "2"}
        with serve_gateway(second, "--data", str(data), environment=settings) as gateway:
            async with connect(gateway.url) as client:
                assert (await rows(client, "API"))["care-order"]["calls"] == 12


async def test_units_see_their_own_and_admins_all(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--dev-auth") as gateway:
        care = bearer(gateway, "eng", roles=["publisher"], units=["care"])
        pay = bearer(gateway, "eng2", roles=["publisher"], units=["pay"])
        admin = bearer(gateway, "root", roles=["admin"])
        user = bearer(gateway, "1231", roles=["customer"])
        async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
            await client.publish(module(upstream), module="care", headers=care)
            await client.publish(module(upstream, "pay"), module="pay", headers=pay)
            await client.ask("{ careOrder(id: 1) { fee } payOrder(id: 1) { fee } payFlaky }", headers=user)

            for by in ("FIELD", "API", "SOURCE", "UNIT", "CHANNEL", "CLIENT"):
                text = repr(await rows(client, by, headers=care))
                assert "pay" not in text
                assert len(await rows(client, by, headers=care)) > 0
            assert set(await rows(client, "UNIT", headers=admin)) == {"care", "pay"}
            refused = [
                await client.ask(ROWS, variables={"by": "API"}, headers=user),
                await client.ask(ROWS, variables={"by": "API", "filter": {"unit": "pay"}}, headers=care),
            ]
            assert [reply.codes for reply in refused] == [["ACCESS_DENIED"]] * 2
            nobody = await client.ask(ROWS, variables={"by": "API"})
            assert nobody.codes == ["UNAUTHENTICATED"]


async def test_metrics_are_for_scrapers_and_hold_no_secret(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--dev-auth") as gateway:
        admin = bearer(gateway, "root", roles=["admin"])
        async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
            await client.publish(module(upstream), module="care", headers=admin)
            await client.ask(
                "{ careFlaky careOrder(id: 1) { fee } }",
                headers={**admin, "graphql-client-name": "NAME-CANARY", "x-case-id": "CASE-CANARY"},
            )

            scraped = await client.http.get("/metrics", headers=bearer(gateway, "prom", roles=["metrics"]))
            agent = await client.http.get("/metrics", headers=bearer(gateway, "a", roles=["agent"]))
            nobody = await client.http.get("/metrics")

            assert (scraped.status_code, agent.status_code, nobody.status_code) == (200, 403, 401)
            assert scraped.headers["content-type"].startswith("text/plain")
            labels = {
                "api": "care-flaky",
                "code": "UPSTREAM_STATUS",
                "source": "care/care-shop",
                "unit": "care",
            }
            assert summed(scraped.text, "paifang_api_errors_total", **labels) == 1
            assert summed(scraped.text, "paifang_api_call_seconds_count", api="care-order") == 1
            assert summed(scraped.text, "paifang_api_call_seconds_bucket", api="care-order", le="+Inf") == 1
            assert summed(scraped.text, "paifang_bound_broken_total") == 0
            assert summed(scraped.text, "paifang_operations_total") == 1
            for canary in ("CANARY", upstream.url("")):
                assert canary not in scraped.text


async def test_what_is_not_wanted_is_not_counted(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, environment={"PAIFANG_QUALITY": "off"}) as gateway:
        async with serve_upstream(ROUTES) as upstream, connect(gateway.url) as client:
            await client.serve(module(upstream))
            await client.ask("{ careOrder(id: 1) { fee } }")

            assert await rows(client, "API") == {}


async def test_a_span_that_is_none_is_refused(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        reply = await client.ask(
            '{ quality(since: "2026-01-02T00:00:00Z", until: "2026-01-01T00:00:00Z") { key } }'
        )

        assert reply.codes == ["BAD_USER_INPUT"]
        assert reply.errors[0]["extensions"]["argument"] == "since"


def _samples(text: str) -> list[Any]:  # Any: the library's samples are untyped
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def summed(text: str, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for sample in _samples(text)
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def workers(text: str) -> set[str]:
    return {sample.labels["worker"] for sample in _samples(text)}
