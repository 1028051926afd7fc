"""What a step reads: the field's arguments, and values of the object it is run for."""

from collections.abc import Mapping, Sequence
from typing import cast

from graphql import GraphQLError

from engine.resource.outcome import BAD_USER_INPUT, Failure
from engine.resource.plan.steps import CallStep, GuardStep, Input, Object, ValueStep
from engine.resource.run.request import Request


def arguments_of(step: ValueStep | GuardStep | CallStep, request: Request) -> Mapping[str, object] | Failure:
    try:
        return step.arguments.read(request.variables)
    except GraphQLError as error:
        return Failure(BAD_USER_INPUT, error.message)


def inputs_of(inputs: Sequence[Input], item: Object) -> dict[str, object] | Failure:
    """The values a step reads, as one object; the first failure among them is the outcome instead."""
    values: dict[str, object] = {}
    for given in inputs:
        value = given.read(item)
        if isinstance(value, Failure):
            return value
        put(values, given.path, value)
    return values


def put(values: dict[str, object], path: Sequence[str], value: object) -> None:
    """Set what stands at a path; the objects along it are made."""
    for name in path[:-1]:
        values = cast("dict[str, object]", values.setdefault(name, {}))
    values[path[-1]] = value


def group_key(values: object) -> object:
    """Something hashable that is equal for equal JSON."""
    if isinstance(values, dict):
        return tuple([(k, group_key(v)) for k, v in cast("dict[str, object]", values).items()])
    if isinstance(values, list):
        return tuple([group_key(v) for v in cast("list[object]", values)])
    return (type(values), values)


def copied(value: object) -> object:
    """Fresh dicts all the way down: objects get slots, and constants are nobody's to write into."""
    if isinstance(value, dict):
        return {k: copied(v) for k, v in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [copied(v) for v in cast("list[object]", value)]
    return value
