"""docs/front-end.md: the demo answers its queries as it says, and each error code is told once."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from graphql import GraphQLSchema, parse, validate

from examples.rides.api import serve
from examples.rides.data import make_rows
from examples.rides.personas import PERSONAS, USER, Persona
from examples.rides.showcase import read_modules
from tests.docs.gateway import GuideGateway, open_guide_gateway
from tests.docs.guide import Json
from tests.merged_sdl import merge_modules

GUIDE = (Path(__file__).parents[2] / "docs" / "front-end.md").read_text(encoding="utf-8")
QUERIES: list[str] = re.findall(r"^```graphql demo\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
(EXPLAIN,) = re.findall(r"^```graphql\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
SCREEN, REFUND, CONTACT = QUERIES
(CURL,) = re.findall(r"-d '\{\"query\": \"(.*)\"\}'$", GUIDE, re.MULTILINE)
AGENT = next(persona for persona in PERSONAS if persona.name == "agent")
ORDER = "R260228001728"  # of that user: paid, nothing given back


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return merge_modules(module.sdl for module in read_modules())


@asynccontextmanager
async def open_demo(data: Path) -> AsyncGenerator[GuideGateway]:
    """The demo's modules on a gateway beside the demo's APIs."""
    async with serve(make_rows()) as url, open_guide_gateway(data) as gateway:
        for module in read_modules(address=urlsplit(url).netloc):
            await gateway.publish({module.name: module.sdl}, dict(module.config))
        yield gateway


def ask(data: Path, query: str, variables: Json | None = None, *, persona: Persona = AGENT) -> Json:
    """The whole answer of the demo to this persona."""

    async def run() -> Json:
        async with open_demo(data) as gateway:
            return await gateway.ask(query, variables, claims=persona.to_claims())

    return asyncio.run(run())


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_fits_the_demo(query: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(query)) == []


def test_a_misspelt_query_would_be_found(schema: GraphQLSchema) -> None:
    assert validate(schema, parse(QUERIES[0].replace("hotlines", "hotlinez")))


def test_the_screen_is_answered_whole(tmp_path: Path) -> None:
    answer = ask(tmp_path, SCREEN, {"user": USER})
    assert answer.keys() == {"data"}
    data = cast("dict[str, Json]", answer["data"])
    assert data["user"]["name"]
    assert data["user"]["orders"]
    assert data["hotlines"]


def test_the_refund_is_made_and_read_after_it(tmp_path: Path) -> None:
    answer = ask(tmp_path, REFUND, {"input": {"orderId": ORDER, "amountCents": 1, "reason": "guide"}})
    assert answer.keys() == {"data"}, answer


def test_the_first_request_of_the_guide_is_answered(tmp_path: Path) -> None:
    assert ask(tmp_path, CURL.replace('\\"', '"')).keys() == {"data"}


def test_each_persona_reads_what_the_guide_says(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_demo(tmp_path) as gateway:
            for persona in PERSONAS:
                answer = await gateway.ask(CONTACT, claims=persona.to_claims())
                user = cast("dict[str, Json]", answer["data"])["user"]
                assert user["contact"] == persona.contact
                assert bool(answer.get("errors")) == (persona.contact is None)
                me = await gateway.ask("{ me { subject roles channel } }", claims=persona.to_claims())
                assert cast("dict[str, Json]", me["data"])["me"]["subject"] == persona.subject

    asyncio.run(run())
    told = [persona.contact for persona in PERSONAS if persona.contact and not persona.contact.isdigit()]
    assert all(f"`{contact}`" in GUIDE for contact in told)


def test_explain_shows_one_call_for_the_bikes_of_a_hundred_orders(tmp_path: Path) -> None:
    answer = cast("dict[str, dict[str, Json]]", ask(tmp_path, EXPLAIN))["data"]["explain"]
    groups = cast("list[dict[str, list[Json]]]", answer["groups"])
    batched = [call["api"] for group in groups for call in group["calls"] if call["batch"]]
    assert (len(batched), answer["maxWaves"]) == (2, 2), answer


def test_every_code_is_told_once_in_a_table() -> None:
    told = re.findall(r"`([A-Z_]{6,})`", "\n".join(re.findall(r"^\| `[A-Z].*?\|", GUIDE, re.MULTILINE)))
    of_requests = {"UNAUTHENTICATED", "GRAPHQL_VALIDATION_FAILED"}  # a second time, where they mean a request
    assert len([code for code in told if code not in of_requests]) == len(set(told) - of_requests) >= 18
