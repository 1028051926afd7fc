"""JSON arguments that must be objects."""

from collections.abc import Mapping
from typing import cast

from strawberry import UNSET

from resolvers.errors import InputInvalid


def given_object(given: object, *, argument: str) -> Mapping[str, object] | None:
    """The object, or None where it is null or not given; JSON may be anything. Raises `InputInvalid`."""
    if given is None or given is UNSET:
        return None
    if not isinstance(given, dict):
        raise InputInvalid(argument=argument, reason="is not an object of keys and values")
    return cast("Mapping[str, object]", given)  # keys of JSON objects are texts
