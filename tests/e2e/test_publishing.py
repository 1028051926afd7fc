"""Publish by mutation and query at once, versions, rollback, refusals."""

from uuid import uuid4

from bson import encode

from tests.servers.client import Client, connect
from tests.servers.document_stores import open_database
from tests.servers.gateway import Gateway
from tests.servers.upstream import answer_with, serve_upstream

ROLLBACK = """
mutation Rollback($module: String!, $to: Int!) {
  rollbackResources(module: $module, toVersion: $to) { version sdl history { version } }
}
"""
MODULE = "query Module($name: String!) { resourceModule(name: $name) { version history { version reason } } }"
CHECK = """
query Check($input: ResourcesInput!) {
  checkResources(input: $input) { ok problems { code message module line column suggestion } }
}
"""
THREE_MISTAKES = """
extend schema @source(name: "shop", http: { baseURL: "http://127.0.0.1:9/" }) @owner(unit: "demo")
type Query {
  a: String @connect(source: "shpo", http: { GET: "/a" }, selection: "$.a")
  b: Missing @connect(source: "shop", http: { GET: "/b" }, selection: "id")
  c: String @value(expr: "1 +")
}
"""


def sdl_saying(word: str, base: str = "") -> str:
    said = f'word: String @value(const: "{word}")'
    if base:
        said = 'word: String @connect(source: "words", http: { GET: "/word" }, selection: "$.word")'
    source = f'@source(name: "words", http: {{ baseURL: "{base}" }})' if base else ""
    return f'extend schema {source} @owner(unit: "demo")\ntype Query {{ {said} }}'


async def word_of(client: Client) -> str:
    return (await client.data("{ word }"))["word"]


def fresh() -> str:
    return f"m{uuid4().hex[:8]}"


def kept_by(gateway: Gateway) -> list[bytes]:
    """Its files, and the documents of its database if it has one."""
    kept = [path.read_bytes() for path in gateway.data.rglob("*") if path.is_file()]
    if url := gateway.environment.get("PAIFANG_MONGO_URL"):
        with open_database(url) as database:
            names = database.list_collection_names()
            documents = [document for name in names for document in database[name].find()]
        assert documents
        kept += map(encode, documents)
    return kept


async def test_what_is_published_answers_at_once(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        first = await client.serve(sdl_saying("one"))
        assert await word_of(client) == "one"

        second = await client.serve(sdl_saying("two"))
        assert await word_of(client) == "two"

        assert (second["version"], second["unit"]) == (first["version"] + 1, "demo")
        assert second["revision"] != first["revision"]
        assert second["publishedBy"] == "local-dev"


async def test_publishing_the_same_again_makes_no_new_version(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        first = await client.serve(sdl_saying("same"))

        again = await client.serve(sdl_saying("same"))

        assert (again["version"], again["revision"]) == (first["version"], first["revision"])


async def test_rolling_back_serves_an_earlier_version_at_once(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        good = await client.serve(sdl_saying("good"))
        await client.serve(sdl_saying("bad"), reason="a try")
        assert await word_of(client) == "bad"

        back = await client.data(ROLLBACK, {"module": "case", "to": good["version"]})

        assert await word_of(client) == "good"
        assert back["rollbackResources"]["version"] == good["version"] + 2
        history = (await client.data(MODULE, {"name": "case"}))["resourceModule"]["history"]
        assert history[1] == {"version": good["version"] + 1, "reason": "a try"}


async def test_rolling_back_to_a_version_that_never_was_is_refused(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        await client.serve(sdl_saying("here"))

        reply = await client.ask(ROLLBACK, {"module": "case", "to": 4711})

        assert reply.codes == ["MODULE_VERSION_NOT_FOUND"]
        assert await word_of(client) == "here"


async def test_publishing_on_top_of_another_version_is_refused(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        published = await client.serve(sdl_saying("mine"))

        refused = await client.publish(
            sdl_saying("theirs"), more={"expectedVersion": published["version"] - 1}
        )
        absent = await client.publish(sdl_saying("theirs"), more={"expectedVersion": 0})

        assert refused.codes == absent.codes == ["VERSION_CONFLICT"]
        assert refused.errors[0]["extensions"]["actual"] == published["version"]
        assert await word_of(client) == "mine"
        on_top = await client.serve(sdl_saying("next"), expectedVersion=published["version"])
        assert on_top["version"] == published["version"] + 1


async def test_a_refused_module_names_every_problem_and_the_old_revision_serves(
    gateway: Gateway,
) -> None:
    async with connect(gateway.url) as client:
        await client.serve(sdl_saying("kept"))

        reply = await client.publish(THREE_MISTAKES)

        [error] = reply.errors
        assert error["extensions"]["code"] == "RESOURCES_INVALID"
        problems = error["extensions"]["problems"]
        assert {problem["line"] for problem in problems} >= {4, 5, 6}
        assert await word_of(client) == "kept"


async def test_check_reports_all_problems_at_once_and_publishes_nothing(gateway: Gateway) -> None:
    async with connect(gateway.url) as client:
        await client.serve(sdl_saying("kept"))
        module = fresh()

        report = (await client.data(CHECK, {"input": {"module": module, "sdl": THREE_MISTAKES}}))[
            "checkResources"
        ]

        assert report["ok"] is False
        found = {(problem["code"], problem["line"]): problem for problem in report["problems"]}
        assert {line for _, line in found} >= {4, 5, 6}
        assert all(problem["module"] == module for problem in report["problems"])
        [source] = [p for p in report["problems"] if p["line"] == 4]
        assert "shop" in f"{source['suggestion']} {source['message']}"
        assert (await client.data(MODULE, {"name": module}))["resourceModule"] is None


async def test_secrets_of_a_module_reach_its_api_and_nothing_else(gateway: Gateway) -> None:
    secret = f"s3cret-{uuid4().hex}"
    echo = answer_with(lambda request: b'{"word": "%d"}' % len(request.header("x-key")[0]))
    async with serve_upstream(echo) as upstream, connect(gateway.url) as client:
        header = 'headers: [{ name: "x-key", value: "{$config.key}" }]'
        sdl = sdl_saying("", upstream.url("")).replace("http: { GET", f"http: {{ {header}, GET")

        replies = [await client.publish(sdl, more={"config": {"key": secret}})]
        replies.append(await client.ask('{ word resourceModule(name: "case") { sdl history { sdl } } }'))
        replies.append(
            await client.ask('{ explain(query: "{ word }") { text mermaid groups { calls { url } } } }')
        )
        replies.append(await client.ask(CHECK, {"input": {"module": "case", "sdl": sdl}}))

        assert [reply.errors for reply in replies] == [[], [], [], []]
        assert upstream.requests[0].header("x-key") == [secret]
        assert all(secret not in reply.text for reply in replies)
        assert secret not in gateway.log()
        assert not any(secret.encode() in content for content in kept_by(gateway))


async def test_secrets_are_never_part_of_a_failure(gateway: Gateway) -> None:
    secret = f"s3cret-{uuid4().hex}"
    source = '@source(name: "words", http: { baseURL: "http://127.0.0.1:1" })'
    words = 'word: String @connect(source: "words", http: { GET: "/{$config.key}" }, selection: "$.word")'
    async with connect(gateway.url) as client:
        await client.serve(
            f'extend schema {source} @owner(unit: "demo")\ntype Query {{ {words} }}', config={"key": secret}
        )

        reply = await client.ask("{ word }")

        assert reply.codes == ["UPSTREAM_UNREACHABLE"]
        assert secret not in reply.text
        assert secret not in gateway.log()
