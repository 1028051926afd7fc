"""@cost and @listSize in the cost of an operation: what is let through, and what is refused."""

import pytest
from graphql import build_schema, parse

from gateway.security.limits import Limits, check_limits

SCHEMA = build_schema(
    """
    directive @cost(weight: Int!) on FIELD_DEFINITION | OBJECT
    directive @listSize(
      assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]
    ) on FIELD_DEFINITION
    type Heavy @cost(weight: 7) { id: ID  sum: Int @cost(weight: 3)  free: Light @cost(weight: 0) }
    type Light { id: ID }
    type Page { nodes: [Light]  others: [Light] }
    type Query {
      light: Light  heavy: Heavy  lights: [Light]
      few: [Light] @listSize(assumedSize: 3)
      first(first: Int = 20, last: Int): [Light]
        @listSize(slicingArguments: ["first", "last"], assumedSize: 4)
      asked(first: Int): [Light] @listSize(slicingArguments: ["first"], assumedSize: 4)
      page(first: Int): Page @listSize(slicingArguments: ["first"], sizedFields: ["nodes"])
    }
    """
)


def cost(text: str) -> int:
    """The least limit that lets it through."""
    for limit in range(3_000):
        if check_limits(parse(text), None, SCHEMA, Limits(cost=limit)) is None:
            return limit
    raise AssertionError("it costs more than any operation of this test")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ light { id } }", 1),
        ("{ lights { id } }", 10),
        ("{ heavy { id } }", 7),
        ("{ heavy { sum } }", 10),
        ("{ heavy { free { id } } }", 7),
        ("{ few { id } }", 3),
        ("{ first { id } }", 20),
        ("{ first(first: 50) { id } }", 50),
        ("{ first(first: 5, last: 30) { id } }", 30),
        ("{ first(first: -5) { id } }", 0),
        ("query ($n: Int) { first(first: $n) { id } }", 4),
        ("query ($n: Int) { asked(first: $n) { id } }", 4),
        ("{ asked(first: 200) { id } }", 200),
        ("{ page(first: 6) { nodes { id } } }", 7),
        ("{ page(first: 6) { nodes { id } others { id } } }", 17),
        ("{ page(first: 6) { ...P } } fragment P on Page { nodes { id } }", 10),
        (
            "{ a: page(first: 6) { ...P } b: page(first: 9) { ... { ...P } } }"
            " fragment P on Page { nodes { id } }",
            17,
        ),
    ],
)
def test_an_operation_costs_what_its_fields_say(text: str, expected: int) -> None:
    assert cost(text) == expected


def test_what_is_past_the_limit_is_refused_naming_it() -> None:
    found = check_limits(parse("{ asked(first: 5001) { id } }"), None, SCHEMA, Limits())
    assert found is not None
    assert (found.limit, found.max) == ("cost", 5_000)
