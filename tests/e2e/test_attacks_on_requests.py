"""S1, S2, S3: oversized, packed and unending bodies; documents that explode; batches."""

import gzip
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson
import pytest
from graphql import Lexer, Source, TokenKind

from tests.processor_time import least_cpu_ms
from tests.servers.client import RESPONSE_TYPE, connect
from tests.servers.cost import Cost, cost_of, least_ms
from tests.servers.gateway import Gateway
from tests.servers.raw_client import RawClient, RawReply

SDL = """
extend schema @owner(unit: "demo")
type Query { node: Node @value(const: {name: "n"}) }
type Node {
  name: String @value(const: "n")
  child: Node @value(const: null)
  list(a: Int): [Node!] @value(const: [])
}
"""
MB = 1_000_000
CPU_MS = 50
BEYOND_LEXING_MS = 20
GROWN_MB = 5
ROUNDS, MOST_ROUNDS = 3, 20
TOKENS = 2_000  # read of a document, and no more


Attack = Callable[[RawClient], Awaitable[RawReply | None]]


async def attack(gateway: Gateway, send: Attack, *, cpu_ms: float = CPU_MS) -> RawReply | None:
    """Do it again and again to a warm gateway: cheap, and the gateway serves on.

    Of processor time the least counts, as neighbours on the machine make the same instructions slower and the
    garbage of earlier tests is collected during some; of memory the most.
    """
    reply: RawReply | None = None
    async with connect(gateway.url) as client:
        await client.serve(SDL)
        await client.data("{ node { name } }")
        costs: list[Cost] = []
        while len(costs) < ROUNDS or (len(costs) < MOST_ROUNDS and least_ms(costs) > cpu_ms):
            attacker = await RawClient.open(gateway.url)
            with cost_of(gateway) as cost:
                reply = await send(attacker)
            costs.append(cost)
            await attacker.leave()
        assert await client.data("{ node { name } }") == {"node": {"name": "n"}}
    assert least_ms(costs) <= cpu_ms, costs
    assert max(cost.grown_mb for cost in costs) <= GROWN_MB, costs
    return reply


async def attack_with(gateway: Gateway, body: bytes, *, cpu_ms: float = CPU_MS, **headers: str) -> RawReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def send(attacker: RawClient) -> RawReply:
        attacker.send_head({"accept": RESPONSE_TYPE, "content-length": str(len(body)), **named})
        attacker.writer.write(body)
        return await attacker.reply()

    reply = await attack(gateway, send, cpu_ms=cpu_ms)
    assert reply is not None, "every attack of this kind is answered"
    return reply


def code_of(reply: RawReply) -> str:
    return reply.json["errors"][0]["extensions"]["code"]


# ---------------------------------------------------------------- S1
def query_body(query: str, **more: object) -> bytes:
    return orjson.dumps({"query": query, **more})


def nested_list(depth: int) -> bytes:
    return b'{"query": "{ me }", "variables": {"a": ' + b"[" * depth + b"]" * depth + b"}}"


BODIES = {
    "10 MB body": (query_body("{ me { subject } }", x="y" * 10 * MB), "PAYLOAD_TOO_LARGE"),
    "10 MB token": (query_body("{ " + "a" * 10 * MB + " }"), "PAYLOAD_TOO_LARGE"),
    "900 kB token": (query_body("{ " + "a" * 900_000 + " }"), "OPERATION_LIMIT"),
    "63 kB token": (query_body("{ " + "a" * 63_000 + " }"), "GRAPHQL_VALIDATION_FAILED"),
    "63 kB of braces": (query_body("{" * 63_000), "OPERATION_LIMIT"),
    "variables nested 400,000 deep": (nested_list(400_000), "BAD_REQUEST"),
    "variables nested 200 deep": (nested_list(200), "OPERATION_LIMIT"),
    "variables of 300 kB": (
        query_body("{ me { subject } }", variables={"a": "b" * 300_000}),
        "OPERATION_LIMIT",
    ),
}
PACKED = {
    "gzip": gzip.compress(query_body("{ me { subject } }", x="y" * 100 * MB)),
    "deflate": zlib.compress(query_body("{ me { subject } }", x="y" * 100 * MB)),
}


@pytest.mark.parametrize(("body", "code"), BODIES.values(), ids=BODIES)
async def test_S1_an_oversized_body_is_refused_cheaply(gateway: Gateway, body: bytes, code: str) -> None:
    reply = await attack_with(gateway, body)

    assert (reply.status, code_of(reply)) == (413 if code == "PAYLOAD_TOO_LARGE" else 400, code)


@pytest.mark.parametrize("encoding", PACKED)
async def test_S1_a_packed_bomb_is_refused_before_it_unpacks(gateway: Gateway, encoding: str) -> None:
    reply = await attack_with(gateway, PACKED[encoding], content_encoding=encoding)

    assert (reply.status, code_of(reply)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip"])
async def test_S1_a_body_that_cannot_be_unpacked_is_refused(gateway: Gateway, encoding: str) -> None:
    reply = await attack_with(gateway, query_body("{ me { subject } }"), content_encoding=encoding)

    assert (reply.status, code_of(reply)) == (415, "BAD_REQUEST")


async def test_S1_a_chunked_body_without_a_length_is_refused_while_it_comes(gateway: Gateway) -> None:
    chunks = [b" " * 65_536] * (10 * MB // 65_536)

    async def send(attacker: RawClient) -> RawReply | None:
        attacker.send_head({"transfer-encoding": "chunked"})
        await attacker.send_chunks(chunks)
        with suppress(ConnectionError):  # it is cut off while it still sends, and may miss the reason
            return await attacker.reply()
        return None

    reply = await attack(gateway, send)

    assert reply is None or (reply.status, code_of(reply)) == (413, "PAYLOAD_TOO_LARGE")


async def test_a_packed_body_within_the_limits_is_read(gateway: Gateway) -> None:
    reply = await attack_with(
        gateway, gzip.compress(query_body("{ node { name } }")), content_encoding="gzip"
    )

    assert (reply.status, reply.json) == (200, {"data": {"node": {"name": "n"}}})


# ---------------------------------------------------------------- S2
def chained_fragments(count: int) -> str:
    """Each fragment spreads the next twice: 2 ** count fields for whoever expands them one by one."""
    links = [f"fragment f{n} on Node {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count)]
    return "{ node { ...f0 } } " + " ".join([*links, f"fragment f{count} on Node {{ name }}"])


def overlapping_fields(count: int) -> str:
    return "{ " + " ".join(f"node {{ list(a: {n}) {{ name }} }}" for n in range(count)) + " }"


DOCUMENTS = {
    "depth 10,000": "{ node " + "{ child " * 10_000 + "{ name } " + "} " * 10_000 + "}",
    "depth 14": "{ node " + "{ child " * 13 + "{ name } " + "} " * 13 + "}",
    "5,000 aliases": "{ node { " + " ".join(f"a{n}: name" for n in range(5_000)) + " } }",
    "600 aliases": "{ node { " + " ".join(f"a{n}: name" for n in range(600)) + " } }",
    "5,000 duplicate fields": "{ node { " + "name " * 5_000 + "} }",
    "1,900 duplicate fields": "{ node { " + "name " * 1_900 + "} }",
    "3,000 directives": "{ node { name " + "@skip(if: false) " * 3_000 + "} }",
    "900 unknown directives": "{ node { name " + "@aa " * 900 + "} }",
    "400 overlapping fields": overlapping_fields(400),
    "150 overlapping fields": overlapping_fields(150),
    "26 chained fragments": chained_fragments(26),
    "60 chained fragments": chained_fragments(60),
    "introspection bomb": "{ __schema { types " + "{ fields { type " * 6 + "{ name } " + "} } " * 6 + "} }",
    "20 root fields and more": "{ " + " ".join(f"n{n}: node {{ name }}" for n in range(25)) + " }",
    "lists of lists": "{ node { list { list { list { list { name } } } } } }",
}
CIRCLES = {
    "itself": "{ node { ...a } } fragment a on Node { child { ...a } }",
    "two": "{ node { ...a } } fragment a on Node { child { ...b } } fragment b on Node { child { ...a } }",
    "unused": "{ node { name } } fragment a on Node { ...b } fragment b on Node { ...a }",
}


async def send_document(gateway: Gateway, document: str) -> RawReply:
    limit_ms = min(CPU_MS, lexing_ms(document) + BEYOND_LEXING_MS)
    return await attack_with(gateway, query_body(document), cpu_ms=limit_ms)


def lexing_ms(document: str) -> float:
    """What the tokens cost that the gateway reads, here and now."""

    def read() -> None:
        lexer = Lexer(Source(document))
        for _ in range(TOKENS):
            if lexer.advance().kind is TokenKind.EOF:
                return

    return least_cpu_ms(read)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
async def test_S2_a_document_that_explodes_is_refused_cheaply(gateway: Gateway, document: str) -> None:
    reply = await send_document(gateway, document)

    assert (reply.status, code_of(reply)) == (400, "OPERATION_LIMIT")
    facts = reply.json["errors"][0]["extensions"]
    assert {"limit", "max"} <= set(facts)
    assert len(reply.body) < 2_000


@pytest.mark.parametrize("document", CIRCLES.values(), ids=CIRCLES)
async def test_S2_fragments_in_a_circle_are_refused_cheaply(gateway: Gateway, document: str) -> None:
    reply = await send_document(gateway, document)

    assert (reply.status, code_of(reply)) == (400, "GRAPHQL_VALIDATION_FAILED")


# ---------------------------------------------------------------- S3
async def test_S3_a_batch_of_a_thousand_operations_is_refused(gateway: Gateway) -> None:
    reply = await attack_with(gateway, orjson.dumps([{"query": "{ node { name } }"}] * 1_000))

    assert (reply.status, code_of(reply)) == (400, "BAD_REQUEST")


async def test_S3_a_document_may_hold_several_operations_of_which_one_runs(gateway: Gateway) -> None:
    body = query_body("query a { node { name } } query b { me { subject } }", operationName="b")
    reply = await attack_with(gateway, body)

    assert reply.json == {"data": {"me": {"subject": "local-dev"}}}
