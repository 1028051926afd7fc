"""Give CEL expressions the types of the schema around them, and report what does not check."""

from collections.abc import Mapping

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLType,
    StringValueNode,
)

from engine.expr import (
    ANY,
    BOOL,
    DOUBLE,
    INT,
    STRING,
    Expression,
    ExprType,
    ListType,
    ObjectType,
    check_expression,
    compile_expression,
)
from engine.resource.sdl.findings import Findings, place_inside

_SCALARS = {"Int": INT, "Float": DOUBLE, "String": STRING, "ID": STRING, "Boolean": BOOL, "DateTime": STRING}
_STRINGS = ListType(STRING)
CONTEXT = ObjectType(
    "context",
    lambda: {
        "subject": STRING,
        "roles": _STRINGS,
        "units": _STRINGS,
        "channel": STRING,
        "claims": ANY,
        "caseId": STRING,
    },
)


def type_in_expressions(declared: GraphQLType) -> ExprType:
    """How a value of a GraphQL type enters an expression; nullability is the evaluator's business."""
    if isinstance(declared, GraphQLNonNull):
        return type_in_expressions(declared.of_type)
    if isinstance(declared, GraphQLList):
        return ListType(type_in_expressions(declared.of_type))
    if isinstance(declared, GraphQLScalarType):
        return _SCALARS.get(declared.name, ANY)
    if isinstance(declared, GraphQLEnumType):
        return STRING
    if isinstance(declared, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return ObjectType(
            declared.name,
            lambda: {name: type_in_expressions(field.type) for name, field in declared.fields.items()},
        )
    return ANY  # a union has no field of its own


def variables_for(parent: GraphQLType | None, args: Mapping[str, GraphQLArgument]) -> dict[str, ExprType]:
    """The variables of an expression on a field of `parent` with these arguments."""
    types: dict[str, ExprType] = {"context": CONTEXT, "config": ANY}
    types["args"] = ObjectType(
        "args", lambda: {name: type_in_expressions(arg.type) for name, arg in args.items()}
    )
    if parent is not None:
        types["this"] = type_in_expressions(parent)
    return types


def read_expression(
    node: StringValueNode,
    variables: Mapping[str, ExprType],
    findings: Findings,
    *,
    expect: ExprType | None,
    path: str,
) -> Expression | None:
    """The compiled expression; None where it does not check (every problem reported at its place)."""
    problems = check_expression(node.value, variables, expect=expect)
    for problem in problems:
        place = place_inside(node, problem.line, problem.column)
        findings.add(problem.code, problem.message, place, path=path, suggestion=problem.suggestion)
    return None if problems else compile_expression(node.value, variables)
