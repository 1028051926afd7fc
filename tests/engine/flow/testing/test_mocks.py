"""Mocks answer what is selected below them, with the graph known or not; too much is refused."""

from typing import Any

import pytest

from engine.expr import INT, STRING, ListType, ObjectType
from engine.flow.model import Call, Json, JsonObject
from engine.flow.ports import CallFailed, CallType, OnBehalf
from engine.flow.testing import MockedResources

BEHALF = OnBehalf(unit="rides", owner="li")
BUYER = ObjectType("User", lambda: {"name": STRING})
ORDER = ObjectType("Order", lambda: {"status": INT, "buyer": BUYER, "items": ListType(BUYER)})
KNOWN = CallType(
    mutation=False,
    variables={},
    result=ObjectType("Query", lambda: {"order": ORDER, "again": ORDER}),
    uses=frozenset(),
    nullable=frozenset({("order",), ("order", "status")}),
)


def known(_: Call) -> CallType:
    return KNOWN


async def ask(
    query: str, mocks: dict[str, Json], variables: JsonObject | None = None, **more: Any
) -> JsonObject:
    resources = MockedResources(mocks=mocks, **more)
    return await resources.run(Call(query=query), variables or {}, on_behalf=BEHALF)


async def test_a_value_answers_whatever_is_selected_below_it() -> None:
    mocks: dict[str, Json] = {"order": {"status": 3, "items": [{"name": "a", "price": 1}, {"name": "b"}]}}
    query = "{ again: order { status items { title: name } } ...F } fragment F on Query { order { status } }"
    assert await ask(query, mocks) == {
        "again": {"status": 3, "items": [{"title": "a"}, {"title": "b"}]},
        "order": {"status": 3},
    }


async def test_a_field_is_mocked_wherever_its_type_stands() -> None:
    mocks: dict[str, Json] = {"Query.order": {"buyer": {}}, "User.name": "li"}
    query = "{ order { buyer { name } } }"
    assert await ask(query, mocks, known=known) == {"order": {"buyer": {"name": "li"}}}
    typed: dict[str, Json] = {"Query.order": {"buyer": {"__typename": "User"}}, "User.name": "li"}
    assert await ask(query, typed) == {"order": {"buyer": {"name": "li"}}}


async def test_an_api_stands_for_the_fields_it_gives() -> None:
    def apis_of(coordinate: str) -> list[str]:
        return ["orders.get"] if coordinate == "Query.order" else []

    given: dict[str, Json] = {"orders.get": {"status": 4}}
    asked = await ask("{ order { status } }", given, known=known, apis_of=apis_of)
    assert asked == {"order": {"status": 4}}


async def test_what_may_be_null_is_null_and_what_may_not_is_told() -> None:
    mocks: dict[str, Json] = {"order": {}}
    assert await ask("{ order { status } }", mocks, known=known) == {"order": {"status": None}}
    with pytest.raises(CallFailed, match=r"Order\.buyer was asked for and has no value"):
        await ask("{ order { buyer { name } } }", mocks, known=known)


async def test_what_is_skipped_needs_no_mock() -> None:
    query = (
        "query($all: Boolean!) { order @include(if: $all) { status } me: order @skip(if: true) { status } }"
    )
    assert await ask(query, {}, {"all": False}) == {}


@pytest.mark.parametrize(
    "query",
    [
        "{ a { ...F } } fragment F on A { ...F }",
        "{ a { ...F0 } } "
        + " ".join(f"fragment F{n} on A {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
        + " fragment F40 on A { b }",
        "{ a " * 3_000 + "{ b }" + "}" * 3_000,
    ],
    ids=["circle", "doubling", "deep"],
)
async def test_an_operation_that_selects_too_much_is_refused(query: str) -> None:
    with pytest.raises(CallFailed) as refused:
        await ask(query, {"a": {"b": 1}})
    assert refused.value.code in ("OPERATION_LIMIT", "GRAPHQL_PARSE_FAILED")  # a parser may see it first


async def test_a_text_that_is_no_operation_fails() -> None:
    for query in ("{", "fragment F on A { b }"):
        with pytest.raises(CallFailed) as refused:
            await ask(query, {})
        assert refused.value.code == "GRAPHQL_PARSE_FAILED"
