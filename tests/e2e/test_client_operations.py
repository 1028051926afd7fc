"""What clients run over HTTP keeps publishes from breaking it, also after the gateway was started again."""

from pathlib import Path

import pytest

from tests.e2e.test_publishing import CHECK, ROLLBACK
from tests.servers.client import Client, connect
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.gateway_fixtures import Serve

WORDS = 'type Query { word: String @value(const: "one") %s }\nextend schema @owner(unit: "demo")'
WORD = "query Word { word said: word }"
OTHER = WORDS.replace("word:", "words:") % ""


@pytest.mark.parametrize(
    "headers",
    [
        {"x-client-name": "app", "x-client-version": "4.2"},
        {"apollographql-client-name": "app", "apollographql-client-version": "4.2"},
        {"graphql-client-name": "app", "graphql-client-version": "4.2"},
    ],
    ids=lambda headers: next(iter(headers)),
)
async def test_a_publish_that_breaks_a_named_client_is_refused(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    async with connect(gateway.url) as client:
        await client.serve(WORDS % "", module="case")
        await ask(client, **headers)

        reply = await client.publish(OTHER)

        assert reply.codes == ["RESOURCES_INVALID"]
        [problem] = reply.errors[0]["extensions"]["problems"]
        assert problem["code"] == "BREAKS_OPERATION"
        assert problem["path"].endswith("/Query.word")
        assert "of app/4.2, run " in problem["message"]
        report = (await client.data(CHECK, {"input": {"module": "case", "sdl": OTHER}}))["checkResources"]
        assert not report["ok"]
        await client.serve(OTHER, force=True, reason="a test is over")


async def test_nameless_callers_do_not_hold_up_a_publish(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(WORDS % "")
            await ask(client)
            await client.serve(OTHER)


async def test_nameless_callers_hold_it_up_where_a_setting_says_so(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, environment={"PAIFANG_USAGE_OF_NAMELESS": "true"}) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(WORDS % "")
            await ask(client)
            assert (await client.publish(OTHER)).codes == ["RESOURCES_INVALID"]


async def test_what_was_counted_is_written_when_the_gateway_ends(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(WORDS % 'other: String @value(const: "two")')
            for _ in range(7):
                await ask(client, **{"x-client-name": "app"})
        environment = gateway.environment
        assert gateway.terminate() == 0
        gateway.output.unlink()
        with serve_gateway(tmp_path, environment=environment) as again:
            async with connect(again.url) as client:
                reply = await client.publish(OTHER)
                assert "of app, run 7 times" in reply.errors[0]["message"]


async def test_going_back_over_what_a_client_uses_is_refused_unless_forced(
    serve: Serve, tmp_path: Path
) -> None:
    forced = ROLLBACK.replace("toVersion: $to", 'toVersion: $to, force: true, reason: "it leaks"')
    with serve(tmp_path) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(OTHER)
            await client.serve(WORDS % "")
            await ask(client, **{"x-client-name": "app"})
            to = {"module": "case", "to": 1}
            assert (await client.ask(ROLLBACK, to)).codes == ["RESOURCES_INVALID"]
            assert (await client.data(forced, to))["rollbackResources"]["version"] == 3


async def ask(client: Client, **headers: str) -> None:
    reply = await client.ask(WORD, headers=headers)
    assert reply.data == {"word": "one", "said": "one"}
