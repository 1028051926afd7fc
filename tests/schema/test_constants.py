"""An answer that nothing can change is written once per revision; every other one anew."""

import asyncio
from collections.abc import Mapping
from typing import NoReturn

import pytest
from graphql import parse

from engine.access import Principal
from engine.resource.run.runtime import Runtime
from engine.resource.visibility import client_schema
from resolvers.loaders import batching_loader
from schema.execution import Caller, Engine, execute_operation
from schema.operation import Operation, choose_operation, open_operation
from schema.response import Response
from tests.engine.resource.run.operations import Upstream, registry_of

SDL = """
type Query {
  greet: String! @value(const: "hello")
  who: String @value(expr: "context.subject")
  secret: String @value(const: "s") @access(roles: ["admin"])
  price: Int @connect(source: "s", http: { GET: "/price" }, selection: "$")
}
"""


def open_of(query: str) -> Operation:
    registry = registry_of(SDL)
    document = parse(query)
    return open_operation(registry, client_schema(registry, ()), document, choose_operation(document, None))


def never(*_: object) -> NoReturn:
    raise AssertionError("the platform was asked")


def answers(query: str, *callers: Principal, variables: Mapping[str, object] | None = None) -> list[Response]:
    operation = open_of(query)
    prices = iter(range(9))

    async def run() -> list[Response]:
        engine = Engine(
            runtime=Runtime(transport=Upstream(reply=lambda _path, _query: next(prices))),
            loader=batching_loader,
            execute_platform=never,
            subscribe_platform=never,
            describe_error=never,
        )
        asked = [Caller(principal=it, deadline_s=5, platform_context=never) for it in callers]
        return [await execute_operation(engine, operation, variables or {}, caller) for caller in asked]

    return asyncio.run(run())


ANN, BOB = Principal(subject="ann"), Principal(subject="bob", roles=frozenset({"admin"}))
NOBODY = Principal(subject="", authenticated=False)


def test_a_constant_is_written_once_for_all_who_are_as_authenticated() -> None:
    first, second, other = answers("{ greet }", ANN, BOB, NOBODY)
    assert first is second
    assert other is not first
    assert first.body == other.body == b'{"data":{"greet":"hello"}}'


@pytest.mark.parametrize(
    ("query", "first_body", "second_body"),
    [
        ("{ who }", b'{"data":{"who":"ann"}}', b'{"data":{"who":"bob"}}'),
        ("{ price }", b'{"data":{"price":0}}', b'{"data":{"price":1}}'),
    ],
)
def test_what_depends_on_the_caller_or_an_api_is_written_anew(
    query: str, first_body: bytes, second_body: bytes
) -> None:
    assert [it.body for it in answers(query, ANN, BOB)] == [first_body, second_body]


def test_a_denial_is_not_kept_for_who_may_see() -> None:
    denied, seen = answers("{ secret }", ANN, BOB)
    assert b"ACCESS_DENIED" in denied.body
    assert seen.body == b'{"data":{"secret":"s"}}'


def test_an_operation_with_variables_is_not_kept() -> None:
    query = "query($skip: Boolean!) { greet @skip(if: $skip) }"
    first, second = answers(query, ANN, ANN, variables={"skip": False})
    assert first is not second
    assert first == second
