"""What projections call where a value is not plainly right: serialise it, or record why it is null."""

from collections.abc import Callable, Mapping
from typing import NoReturn

from graphql import GraphQLError

from engine.resource.outcome import BAD_USER_INPUT, MAPPING_ERROR, Failure
from engine.resource.plan.arguments import ArgumentReader, Variables

Path = tuple[str | int, ...]
Facts = Mapping[str, object]  # of an error: the source and API that gave the value
MAX_ERRORS = 100  # a list of 5,000 failed items says the same thing 5,000 times


class Bubble(Exception):
    """A non-null field is null: its nearest nullable parent takes the null."""


class Writer:
    """The errors of one response, and what it is written for: verdicts by rule id, and variables."""

    __slots__ = ("errors", "truncated", "variables", "verdicts")

    def __init__(self, verdicts: Mapping[int, Failure | None], variables: Variables) -> None:
        self.verdicts = verdicts
        self.variables = variables
        self.errors: list[tuple[Failure, Path]] = []
        self.truncated = 0

    def fail(self, failure: Failure, path: Path) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append((failure, path))
        else:
            self.truncated += 1

    def given(self, value: object, arguments: ArgumentReader) -> object:
        """A value that needs no arguments: it is there only if those given fit."""
        try:
            arguments.read(self.variables)
        except GraphQLError as error:
            return Failure(BAD_USER_INPUT, error.message)
        return value

    def nothing(
        self, value: object, path: Path, required: bool, message: str, facts: Facts
    ) -> None:  # generated calls are positional
        """Record why there is no value; raise Bubble where there must be one."""
        if isinstance(value, Failure):
            if not value.silent or required:
                self.fail(value, path)
            if required or value.fails_parent:
                raise Bubble
            return
        self.fail(Failure(MAPPING_ERROR, message, facts), path)
        if required:
            raise Bubble

    def leaf(
        self,
        value: object,
        serialize: Callable[[object], object],
        path: Path,
        required: bool,  # generated calls are positional
        facts: Facts,
    ) -> object:
        """A leaf that is not plainly of its JSON type: serialise it, or null with an error."""
        if value is None:
            return self.nothing(
                None, path, required, "the API gave no value for a field that needs one", facts
            )
        if isinstance(value, Failure):
            return self.nothing(value, path, required, "", facts)
        try:
            return serialize(value)
        except (GraphQLError, TypeError, ValueError):
            message = "the API's value does not fit the type of this field"
            return self.nothing(None, path, required, message, facts)

    def bad_object(
        self, value: object, path: Path, required: bool, facts: Facts
    ) -> None:  # generated calls are positional
        """What stands where an object should: nothing, a failure, or something else."""
        if value is None:
            message = "the API gave no object for a field that needs one"
            return self.nothing(None, path, required, message, facts)
        return self.nothing(value, path, required, "the API's value is not an object", facts)

    def bad_list(
        self, value: object, path: Path, required: bool, facts: Facts
    ) -> None:  # generated calls are positional
        if value is None:
            return self.nothing(
                None, path, required, "the API gave no list for a field that needs one", facts
            )
        return self.nothing(value, path, required, "the API's value is not a list", facts)

    def deny_object(
        self, denial: Failure, path: Path, required: bool
    ) -> NoReturn:  # generated calls are positional
        """An object of a type that this caller may not see."""
        if not denial.silent or required:
            self.fail(denial, path)
        raise Bubble

    def unknown_type(self, path: Path, facts: Facts) -> NoReturn:
        self.fail(Failure(MAPPING_ERROR, "the API's object names no type that may stand here", facts), path)
        raise Bubble
