"""A refused operation says what is wrong without repeating the value, which may be a secret."""

import pytest
from graphql import GraphQLError, build_schema, parse, validate

from engine.resource.plan.arguments import VariablesInvalid, compile_variables
from schema.operation import OperationRefused

SCHEMA = build_schema(
    "type Query { put(draft: Draft!): Int } input Draft { sdl: String! config: J } scalar J"
)
CANARY = "canary-5b1f"


@pytest.mark.parametrize(
    "draft",
    [
        {"config": {"key": CANARY}},
        {"sdl": {"key": CANARY}},
        {"sdl": "", "confi": {"key": CANARY}},
    ],
)
def test_variables_that_do_not_fit_are_not_repeated(draft: dict[str, object]) -> None:
    document = parse("query($draft: Draft!) { put(draft: $draft) }")
    (operation,) = document.definitions
    coerce = compile_variables(SCHEMA, operation.variable_definitions or (), whole=True)  # type: ignore[union-attr] # an operation
    with pytest.raises(VariablesInvalid) as invalid:
        coerce({"draft": draft})
    assert CANARY in str(invalid.value)  # what graphql-core says
    refused = OperationRefused("BAD_USER_INPUT", invalid.value.errors)
    _assert_silent(refused)
    assert any(reason in str(refused) for reason in ("required field 'sdl'", "non string", "'confi'"))


def test_literals_that_do_not_fit_are_not_repeated() -> None:
    errors = validate(SCHEMA, parse(f'{{ put(draft: {{ config: {{ key: "{CANARY}" }} }}) }}'))
    _assert_silent(OperationRefused("GRAPHQL_VALIDATION_FAILED", errors))


def test_a_message_without_a_value_stays_as_it_is() -> None:
    error = GraphQLError("Cannot query field 'x' on type 'Query'.")
    assert OperationRefused("GRAPHQL_VALIDATION_FAILED", [error]).errors == [error]


def _assert_silent(refused: OperationRefused) -> None:
    assert refused.errors
    assert all(CANARY not in error.message for error in refused.errors)
    assert all(error.message for error in refused.errors)
