"""A gateway that ranks by a classifier and by vectors too: what words do not find is found."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.servers.client import Client, connect
from tests.servers.embeddings import PATH, embed, serve_embeddings
from tests.servers.gateway import Gateway, serve_gateway
from tests.servers.tokens import bearer
from tests.servers.upstream import answer, answer_with, in_turn

IMPORT = "mutation ($input: ImportInput!) { importArticles(input: $input) { created } }"
SEARCH = """
query ($input: SearchInput!) { searchKnowledge(input: $input) { hits { why article { question } } } }
"""
SUBJECTS = ("parking zone", "broken lock", "price of a ride", "lost property")
LEARNED_S = 50  # a loaded machine; tokens last a minute
AGAIN_S = 0.2  # learning is calm: who asks all the time keeps it from the processor
ASKED = 8  # searches over connections that either worker may take


@asynccontextmanager
async def editor_of(gateway: Gateway) -> AsyncGenerator[Client]:
    async with connect(gateway.url) as client:
        client.http.headers.update(bearer(gateway, "edda", roles=["editor"], units=["rides"]))
        yield client


async def publish(client: Client, questions: Mapping[str, Sequence[str]]) -> None:
    rows = [f"{question},{'|'.join(similar)},x" for question, similar in questions.items()]
    data = "\n".join(["question,similar,answer", *rows])
    given = {"format": "csv", "data": data, "unit": "rides", "publish": True}
    await client.data(IMPORT, {"input": given})


async def search(client: Client, query: str) -> list[tuple[str, list[int | None]]]:
    """Questions of the articles found, and their places in the rankings."""
    found = await client.data(SEARCH, {"input": {"query": query}})
    hits = found["searchKnowledge"]["hits"]
    return [(hit["article"]["question"], hit["why"]["rankings"]) for hit in hits]


async def until_ranked(client: Client, query: str, first: str, *, rankings: int) -> None:
    """Until this is found first, and so many rankings say something."""
    async with asyncio.timeout(LEARNED_S):
        while True:
            hits = await search(client, query)
            if hits and hits[0][0] == first and len(hits[0][1]) >= rankings:
                return
            await asyncio.sleep(AGAIN_S)


async def test_searches_find_what_means_the_same_and_what_was_learned(tmp_path: Path) -> None:
    async with serve_embeddings() as upstream:
        environment = {
            "PAIFANG_CLASSIFIER": "true",
            "PAIFANG_EMBEDDINGS_URL": upstream.url(PATH),
            "PAIFANG_EMBEDDINGS_KEY": "canary",
            "PAIFANG_EMBEDDINGS_MODEL": "things",
        }
        with serve_gateway(tmp_path, "--dev-auth", "--workers", "2", environment=environment) as gateway:
            async with editor_of(gateway) as client:
                subjects = {f"{one}?": [f"{one} {number}" for number in range(20)] for one in SUBJECTS}
                await publish(client, {"How do I unlock a bike?": ["Where is a bike?"], **subjects})
                await until_ranked(client, "自行车", "How do I unlock a bike?", rankings=2)
                for _ in range(ASKED):
                    assert (await search(client, "自行车"))[0][0] == "How do I unlock a bike?"
                    assert (await search(client, "zone"))[0][1][0] == 1
                await publish(client, {"May I take an umbrella?": []})
                await until_ranked(client, "雨伞", "May I take an umbrella?", rankings=2)
        assert "canary" not in gateway.log()


async def test_a_provider_that_is_ill_leaves_searches_to_the_words(tmp_path: Path) -> None:
    behaviour = in_turn(answer_with(embed), answer(b"{}", status=503))
    async with serve_embeddings(behaviour) as upstream:
        environment = {"PAIFANG_EMBEDDINGS_URL": upstream.url(PATH), "PAIFANG_EMBEDDINGS_MODEL": "things"}
        with serve_gateway(tmp_path, "--dev-auth", environment=environment) as gateway:
            async with editor_of(gateway) as client:
                await publish(client, {"How do I unlock a bike?": []})
                await upstream.until(lambda it: len(it.requests) >= 1, timeout_s=LEARNED_S)
                for number in range(ASKED):
                    ((question, rankings),) = await search(client, f"unlock {number}")
                    assert (question, rankings) == ("How do I unlock a bike?", [])
                assert await search(client, "自行车") == []


@pytest.mark.parametrize("setting", ["CLASSIFIER=true", "EMBEDDINGS_URL=http://127.0.0.1:9/v1/embeddings"])
async def test_a_library_that_is_not_installed_is_told_at_start_and_searches_go_on(
    tmp_path: Path, setting: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    name, _, value = setting.partition("=")
    environment = {f"PAIFANG_{name}": value, "PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"}
    with serve_gateway(tmp_path / "data", "--dev-auth", environment=environment) as gateway:
        assert f"paifang[{'classifier' if name == 'CLASSIFIER' else 'embeddings'}]" in gateway.log()
        async with editor_of(gateway) as client:
            await publish(client, {"How do I unlock a bike?": []})
            await until_ranked(client, "unlock", "How do I unlock a bike?", rankings=0)


WITHOUT = """
import importlib.machinery

find_spec = importlib.machinery.PathFinder.find_spec

def find_others(name, *more):
    return None if name in ("sklearn", "numpy") else find_spec(name, *more)

importlib.machinery.PathFinder.find_spec = find_others
"""
