"""S16: what a caller may not learn: stack traces, names of the schema, what went wrong inside."""

import sqlite3
from pathlib import Path

import pytest

from tests.servers.client import Reply, connect
from tests.servers.document_stores import open_database
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.tokens import bearer

SDL = 'extend schema @owner(unit: "demo")\ntype Query { word: String @value(const: "w") }'
TRACES = ("Traceback", 'File "', ".py", "site-packages", "Error(", "0x7f")


def tells_nothing(reply: Reply) -> bool:
    return not any(trace in reply.text for trace in TRACES)


MALFORMED = {
    "no JSON": b"{",
    "no object": b"1",
    "no query": b"{}",
    "query of another type": b'{"query": {"a": 1}}',
    "variables of another type": b'{"query": "{ word }", "variables": []}',
    "invalid UTF-8": b'{"query": "\xff\xfe"}',
    "lone surrogate": b'{"query": "{ word(a: \\"\\ud800\\") }"}',
    "NUL in the document": b'{"query": "{ word \\u0000 }"}',
    "endless string": b'{"query": "{ word(a: \\"\\"\\"x) }"}',
    "huge number": b'{"query": "query Q($n: Int) { word }", "variables": {"n": 1e999}}',
    "long operation name": b'{"query": "{ word }", "operationName": "' + b"a" * 100_000 + b'"}',
    "unknown operation": b'{"query": "query A { word }", "operationName": "B"}',
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_S16_a_malformed_request_is_the_clients_fault_and_shows_no_trace(
    gateway: Gateway, body: bytes
) -> None:
    async with connect(gateway.url) as client:
        await client.serve(SDL)

        response = await client.http.post(
            "/graphql", content=body, headers={"content-type": "application/json"}
        )

        assert 400 <= response.status_code < 500
        [error] = response.json()["errors"]
        assert error["extensions"]["code"] not in ("INTERNAL",)
        assert not any(trace in response.text for trace in TRACES)
        assert len(response.content) < 2_000


@pytest.mark.parametrize("path", ["/nothing", "/console/../../settings.py", "/console/%2e%2e/x", "/health/x"])
async def test_S16_paths_that_are_not_there_tell_nothing(gateway: Gateway, path: str) -> None:
    async with connect(gateway.url) as client:
        response = await client.http.get(path)

    assert response.status_code == 404
    assert not any(trace in response.text for trace in TRACES[:4])


async def test_S16_those_who_may_not_introspect_get_no_suggestions(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--dev-auth") as running:
        async with connect(running.url) as client:
            publisher = bearer(running, roles=["publisher"], units=["demo"])
            assert not (await client.publish(SDL, headers=publisher)).errors

            for query in ("{ wrd }", "{ me { subjct } }", "query Q($a: Strng) { word }", "{ word(a: 1) }"):
                user = await client.ask(query, headers=bearer(running, roles=["user"]))
                developer = await client.ask(query, headers=bearer(running, roles=["developer"]))

                assert user.codes == developer.codes
                assert "Did you mean" not in user.text
                assert tells_nothing(user)
            assert "Did you mean" in developer.text or "Unknown argument" in developer.text


def spoil_what_is_stored(gateway: Gateway) -> None:
    """Replace the list of published modules by something the gateway never writes."""
    if url := gateway.environment.get("PAIFANG_MONGO_URL"):
        with open_database(url) as database:
            spoilt = {"$set": {"body": {"secret": "s3cret"}}, "$inc": {"version": 1}}
            database["resource_heads"].update_many({}, spoilt)
        return
    connection = sqlite3.connect(gateway.data / "paifang.sqlite")
    connection.execute(
        "update resource_heads set body = ?, version = version + 1", (b'{"secret": "s3cret"}',)
    )
    connection.commit()
    connection.close()


async def test_S16_a_failure_nobody_foresaw_is_internal_with_an_id_that_the_log_has(
    serve: Serve, tmp_path: Path
) -> None:
    """The store is spoilt under the gateway: no row of the errors table expects that."""
    with serve(tmp_path) as running:
        async with connect(running.url) as client:
            await client.serve(SDL)
            spoil_what_is_stored(running)

            reply = await client.publish(SDL.replace('"w"', '"x"'))

            assert reply.codes == ["INTERNAL"]
            assert tells_nothing(reply)
            assert "s3cret" not in reply.text
            assert reply.errors[0]["extensions"]["correlationId"] in running.log()
            assert await client.data("{ word }") == {"word": "w"}
