"""The schema against what clients rely on: the committed snapshot, the reserved names, the contract."""

from pathlib import Path

import pytest
from graphql import (
    DocumentNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    build_ast_schema,
    is_required_argument,
    parse,
)

from engine.resource.model import Module
from engine.resource.sdl import compose, parse_module
from schema.platform import platform_of, platform_sdl
from schema.reserved import RESERVED_FIELDS, RESERVED_TYPES
from tests.platform.opened import PLATFORM, SCHEMA

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "schema.graphql"
CONTRACT = ROOT.parent / "shared" / "contract" / "platform.graphql"
ROOT_TYPES = ("Query", "Mutation", "Subscription")


@pytest.fixture
def contract() -> DocumentNode:
    if not CONTRACT.exists():
        pytest.skip(f"the contract is not checked out at {CONTRACT}")
    return parse(CONTRACT.read_text("utf-8"))


def test_the_snapshot_is_the_schema() -> None:
    assert SNAPSHOT.read_text("utf-8") == platform_sdl(SCHEMA), (
        "the API changed: review the difference, then type `scripts/run export-schema > schema.graphql`"
    )


def test_everything_built_is_reserved() -> None:
    core = SCHEMA.core
    built = {name for name in core.type_map if not name.startswith("__")} - set(ROOT_TYPES)
    assert built - {"String", "Int", "Float", "Boolean", "ID"} <= RESERVED_TYPES
    roots = [root for root in (core.query_type, core.mutation_type) if root]
    assert {f"{root.name}.{name}" for root in roots for name in root.fields} <= RESERVED_FIELDS


def test_the_reserved_names_are_those_of_the_contract_and_of_what_is_built_beside_it(
    contract: DocumentNode,
) -> None:
    types = {node.name.value for node in contract.definitions}  # type: ignore[attr-defined] # all are named
    fields = {
        f"{node.name.value}.{field.name.value}"
        for node in contract.definitions
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value in ROOT_TYPES
        for field in node.fields or ()
    }
    assert types - set(ROOT_TYPES) <= RESERVED_TYPES
    assert fields <= RESERVED_FIELDS
    assert RESERVED_TYPES - types <= SCHEMA.core.type_map.keys()


def test_what_is_built_keeps_the_contracts_fields_arguments_and_types(contract: DocumentNode) -> None:
    built = SCHEMA.core
    promised = build_ast_schema(contract)
    for node in contract.definitions:
        if isinstance(node, ObjectTypeDefinitionNode | InputObjectTypeDefinitionNode):
            name = node.name.value
            if name in built.type_map:
                kept = signatures(promised, name)
                told = signatures(built, name, beside=kept)
                if name in ROOT_TYPES:  # of those what is built
                    kept = {field: signature for field, signature in kept.items() if field in told}
                assert kept.items() <= told.items()


Signature = tuple[str, dict[str, str]]


def signatures(
    schema: GraphQLSchema, name: str, *, beside: dict[str, Signature] | None = None
) -> dict[str, Signature]:
    """Fields with their types and arguments; `beside` a promise without those that may be left out."""
    fields = schema.type_map[name].fields  # type: ignore[attr-defined] # it has fields
    told: dict[str, Signature] = {}
    for field, what in fields.items():
        promised = (beside or {}).get(field, ("", {}))[1]
        arguments = {
            key: str(argument.type)
            for key, argument in getattr(what, "args", {}).items()
            if beside is None or key in promised or is_required_argument(argument)
        }
        told[field] = (str(what.type), arguments)
    return told


def test_the_platform_composes_without_modules_and_keeps_its_names() -> None:
    empty = compose((), platform_of(SCHEMA))
    assert empty.problems == ()
    taken = parse_module(
        "taken", "type Query { me: Flow @value(const: {}) } type Flow { a: Int @value(const: 1) }"
    )
    assert isinstance(taken, Module)
    codes = {problem.message: problem.code for problem in compose((taken,), PLATFORM).problems}
    assert codes["Query.me belongs to the platform"] == "RESERVED_NAME"
    assert codes["type 'Flow' belongs to the platform"] == "RESERVED_NAME"
