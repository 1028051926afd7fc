"""docs/front-end.md: its queries fit the demo's schema, and each error code is explained once."""

import re
from pathlib import Path

import pytest
from graphql import GraphQLSchema, parse, validate

from examples.rides.showcase import read_modules
from tests.merged_sdl import merge_modules

GUIDE = (Path(__file__).parents[2] / "docs" / "front-end.md").read_text(encoding="utf-8")
QUERIES: list[str] = re.findall(r"^```graphql demo\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return merge_modules(module.sdl for module in read_modules())


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_guide_fits_the_demo(query: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(query)) == []


def test_a_misspelt_query_would_be_found(schema: GraphQLSchema) -> None:
    assert validate(schema, parse(QUERIES[0].replace("hotlines", "hotlinez")))


def test_every_code_is_told_once_in_a_table() -> None:
    told = re.findall(r"`([A-Z_]{6,})`", "\n".join(re.findall(r"^\| `[A-Z].*?\|", GUIDE, re.MULTILINE)))
    of_requests = {"UNAUTHENTICATED", "GRAPHQL_VALIDATION_FAILED"}  # a second time, where they mean a request
    assert len([code for code in told if code not in of_requests]) == len(set(told) - of_requests) >= 19
