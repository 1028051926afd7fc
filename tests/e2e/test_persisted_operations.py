"""Operations by their hash over HTTP, and a gateway that runs registered ones only."""

from hashlib import sha256
from pathlib import Path

import pytest

from tests.servers.client import Client, Reply, connect, reply_of
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.tokens import bearer

WORDS = 'type Query { word: String @value(const: "one") %s }\nextend schema @owner(unit: "demo")'
OTHER = WORDS.replace("word:", "words:") % ""
REGISTER = """
mutation Register($input: RegisterOperationsInput!) { registerOperations(input: $input) { registered known } }
"""
LIST = "{ registeredOperations { nodes { id name document client registeredBy } } }"


def extension(text: str) -> dict[str, object]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


async def by_hash(
    client: Client, text: str, *, send: bool = False, headers: dict[str, str] | None = None
) -> Reply:
    body = {"extensions": extension(text), **({"query": text} if send else {})}
    return reply_of(await client.http.post("/graphql", json=body, headers=headers))


async def register(client: Client, *texts: str, headers: dict[str, str] | None = None) -> Reply:
    given = {"client": "app", "operations": [{"document": text} for text in texts]}
    return await client.ask(REGISTER, {"input": given}, headers=headers)


async def test_a_text_sent_once_with_its_hash_is_known_by_it(gateway: Gateway) -> None:
    text = "query SentOnce { word }"
    async with connect(gateway.url) as client:
        await client.serve(WORDS % "")

        first = await by_hash(client, text)
        sent = await by_hash(client, text, send=True)
        again = await by_hash(client, text)

        assert (first.status, first.codes) == (400, ["PERSISTED_QUERY_NOT_FOUND"])
        assert first.errors[0]["message"] == "PersistedQueryNotFound"
        assert sent.data == again.data == {"word": "one"}


async def test_queries_by_hash_may_be_got(gateway: Gateway) -> None:
    text = "query Got { word }"
    async with connect(gateway.url) as client:
        await client.serve(WORDS % "")
        await by_hash(client, text, send=True)
        found = f'{{"persistedQuery":{{"version":1,"sha256Hash":"{sha256(text.encode()).hexdigest()}"}}}}'
        answer = await client.http.get("/graphql", params={"extensions": found})
        assert answer.json() == {"data": {"word": "one"}}


@pytest.mark.parametrize(
    "given",
    [
        {"version": 2, "sha256Hash": "0" * 64},
        {"version": 1},
        "hash",
        {"version": 1, "sha256Hash": sha256(b"{ other }").hexdigest()},
    ],
)
async def test_a_hash_that_is_none_or_of_another_text_is_refused(gateway: Gateway, given: object) -> None:
    async with connect(gateway.url) as client:
        await client.serve(WORDS % "")
        body = {"query": "{ word }", "extensions": {"persistedQuery": given}}
        reply = reply_of(await client.http.post("/graphql", json=body))
        assert (reply.status, reply.codes) == (400, ["BAD_REQUEST"])


async def test_what_is_registered_runs_by_hash_counts_as_use_and_can_be_let_go(
    serve: Serve, tmp_path: Path
) -> None:
    text = "query Built { word }"
    with serve(tmp_path) as gateway:
        async with connect(gateway.url) as client:
            await client.serve(WORDS % "")
            assert (await register(client, text)).data["registerOperations"] == {"registered": 1, "known": 0}

            assert (await by_hash(client, text)).data == {"word": "one"}
            refused = await client.publish(OTHER)
            assert "registered by app: Cannot query field 'word'" in refused.errors[0]["message"]

            [listed] = (await client.data(LIST))["registeredOperations"]["nodes"]
            assert (listed["document"], listed["client"], listed["name"]) == (text, "app", "Built")
            assert listed["registeredBy"] == "local-dev"
            gone = await client.data(
                "mutation Go($ids: [ID!]!) { unregisterOperations(ids: $ids) }", {"ids": [listed["id"]]}
            )
            assert gone == {"unregisterOperations": 1}
            await client.serve(OTHER)


async def test_what_does_not_run_is_not_registered(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        await client.serve(WORDS % "")
        reply = await register(client, "{ word }", "{ never }")
        assert reply.codes == ["OPERATIONS_INVALID"]
        [problem] = reply.errors[0]["extensions"]["problems"]
        assert "Cannot query field 'never'" in problem["message"]


async def test_a_strict_gateway_runs_registered_operations_only_for_most_callers(
    serve: Serve, tmp_path: Path
) -> None:
    text = "query Built { word }"
    with serve(tmp_path, "--dev-auth", environment={"PAIFANG_REGISTERED_ONLY": "true"}) as gateway:
        user = bearer(gateway, "uma")
        developer = bearer(gateway, "dan", roles=["developer"])
        publisher = bearer(gateway, "pia", roles=["publisher"], units=["demo"])
        async with connect(gateway.url) as client:
            published = await client.publish(WORDS % "", headers=publisher)
            assert not published.errors
            assert (await register(client, text, headers=user)).codes == ["OPERATION_NOT_REGISTERED"]
            assert not (await register(client, text, headers=developer)).errors

            assert (await by_hash(client, text, headers=user)).data == {"word": "one"}
            assert (await client.ask(text, headers=user)).data == {"word": "one"}
            unknown = await client.ask("query Mine { word }", headers=user)
            assert (unknown.status, unknown.codes) == (403, ["OPERATION_NOT_REGISTERED"])
            assert unknown.data is None
            sent = await by_hash(client, "query Mine { word }", send=True, headers=user)
            assert sent.codes == ["OPERATION_NOT_REGISTERED"]
            assert (await by_hash(client, "query Mine { word }", headers=user)).codes == [
                "PERSISTED_QUERY_NOT_FOUND"
            ]
            assert (await client.ask("query Mine { word }", headers=developer)).data == {"word": "one"}


async def test_who_may_not_register_is_refused(serve: Serve, tmp_path: Path) -> None:
    with serve(tmp_path, "--dev-auth") as gateway:
        async with connect(gateway.url) as client:
            reply = await register(client, "{ me { subject } }", headers=bearer(gateway, "uma"))
            assert reply.codes == ["ACCESS_DENIED"]
