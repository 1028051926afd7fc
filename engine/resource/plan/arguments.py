"""Compile arguments and variables: what can be decided once per operation is not done per request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    print_ast,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values

Variables = VariableValues
MAX_VARIABLE_ERRORS = 50  # of one request; the rest is noise

INT32 = range(-(2**31), 2**31)
_EXACT: Mapping[object, Callable[[object], bool]] = {
    GraphQLInt: lambda value: type(value) is int and value in INT32,
    GraphQLFloat: lambda value: type(value) is float,
    GraphQLString: lambda value: type(value) is str,
    GraphQLBoolean: lambda value: type(value) is bool,
    GraphQLID: lambda value: type(value) is str,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentReader:
    """The coerced arguments of a field. `key` is equal for equal arguments.

    `read` raises GraphQLError where a variable does not fit (null for a required argument).
    """

    key: str
    read: Callable[[Variables], Mapping[str, object]]
    whole: bool = False  # whether `read` needs VariableValues.sources
    may_fail: bool = False  # whether there are values of the variables that do not fit


NO_ARGUMENTS = ArgumentReader(key="", read=lambda _: {})


def compile_arguments(field: GraphQLField, node: FieldNode) -> ArgumentReader:
    """Constants are coerced now; plain variables are looked up; anything nested is left to graphql-core."""
    if not field.args:
        return NO_ARGUMENTS
    written = {argument.name.value: argument.value for argument in node.arguments or ()}
    key = ",".join(f"{name}:{print_ast(written[name])}" for name in sorted(written))
    if not any(_has_variable(value) for value in written.values()):
        constant = get_argument_values(field, node, _NO_VARIABLES)
        return ArgumentReader(key=key, read=lambda _: constant)
    plain = {name: value for name, value in written.items() if isinstance(value, VariableNode)}
    if any(_has_variable(value) for name, value in written.items() if name not in plain):
        return ArgumentReader(
            key=key,
            read=lambda variables: get_argument_values(field, node, variables),
            whole=True,
            may_fail=True,
        )
    required = any(isinstance(field.args[name].type, GraphQLNonNull) for name in plain)
    return ArgumentReader(key=key, read=_plain_reader(field, node, plain), may_fail=required)


_NO_VARIABLES = VariableValues(sources={}, coerced={})


def _plain_reader(
    field: GraphQLField, node: FieldNode, plain: Mapping[str, VariableNode]
) -> Callable[[Variables], Mapping[str, object]]:
    optional = FieldNode(
        name=node.name, arguments=tuple(a for a in node.arguments or () if a.name.value not in plain)
    )
    relaxed = GraphQLField(
        field.type, args={name: arg for name, arg in field.args.items() if name not in plain}
    )
    fixed = get_argument_values(relaxed, optional, _NO_VARIABLES)
    lookups = tuple(
        (name, variable.name.value, isinstance(field.args[name].type, GraphQLNonNull))
        for name, variable in plain.items()
    )

    def read(variables: Variables) -> Mapping[str, object]:
        coerced = variables.coerced
        values = dict(fixed)
        for name, variable, required in lookups:
            if variable in coerced and not (required and coerced[variable] is None):
                values[name] = coerced[variable]
            else:
                return get_argument_values(field, node, variables)  # defaults, or the exact error
        return values

    return read


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    children: Sequence[object] = (*getattr(value, "values", ()), *getattr(value, "fields", ()))
    return any(_has_variable(getattr(child, "value", child)) for child in children if child is not None)


def compile_variables(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], *, whole: bool
) -> Callable[[Mapping[str, object]], Variables]:
    """A function from raw variables to coerced ones; it raises the first GraphQLError otherwise.

    Values of built-in scalar types that are exactly of their JSON type skip graphql-core's coercion.
    """
    exact: list[tuple[str, Callable[[object], bool]]] = []
    for definition in definitions:
        declared = type_from_ast(schema, definition.type)
        named = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
        if named in _EXACT:
            exact.append((definition.variable.name.value, _EXACT[named]))
    fast = len(exact) == len(definitions) and not whole

    def coerce(raw: Mapping[str, object]) -> Variables:
        if fast:
            coerced: dict[str, object] = {}
            for name, fits in exact:
                value = raw.get(name)
                if not fits(value):
                    break
                coerced[name] = value
            else:
                return VariableValues(sources={}, coerced=coerced)
        values = get_variable_values(schema, definitions, dict(raw), max_errors=MAX_VARIABLE_ERRORS)
        if isinstance(values, list):
            raise VariablesInvalid(values)
        return values

    return coerce


class VariablesInvalid(Exception):
    """The request's variables do not fit the operation's; `errors` says each one."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors
