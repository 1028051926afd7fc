"""Values as the oracle knows them: faults, objects by where they come from, and what a selection makes."""

import json
from collections.abc import Sequence

from tests.properties.model import Entry, ObjectMap

MAPPING_ERROR = "MAPPING_ERROR"


class Fault(Exception):
    """A field has no value. In a result it stands for the error at its place."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Absent(Exception):
    """A null leaves no URL to call: the value is null."""


class Given(dict[str, object]):
    """An object that a mapping made, with exactly the fields of its selection."""


class Constant(dict[str, object]):
    """An object of a constant: it has every field that no API fills, most of them null."""


def whole(value: object) -> object:
    """A value, unless it is a fault that stands for one: then it is raised."""
    if isinstance(value, Fault):
        raise value
    return value


def map_object(value: object, made: ObjectMap) -> object:
    """Apply a selection: to each item of a list; null stays null, what is no object is handed on."""
    if isinstance(value, list):
        return [map_object(member, made) for member in value]
    if not isinstance(value, dict):
        return value
    mapped = Given({entry.field: _map_entry(value, entry) for entry in made.entries})
    kind = value.get("kind")
    if isinstance(kind, str) and kind in made.kinds:
        mapped["__typename"] = kind
        mapped.update({entry.field: _map_entry(value, entry) for entry in made.kinds[kind]})
    return mapped


def _map_entry(value: object, entry: Entry) -> object:
    found = dig(value, entry.keys)
    return found if entry.made is None else map_object(found, entry.made)


def dig(value: object, keys: Sequence[str]) -> object:
    """A path: through each item of a list; what is not there is null."""
    if not keys:
        return value
    if isinstance(value, list):
        return [dig(member, keys) for member in value]
    if isinstance(value, dict):
        return dig(value.get(keys[0]), keys[1:])
    return None


def text_of(value: object) -> str | None:
    """A scalar as it stands in a URL."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise Fault(MAPPING_ERROR)
    return json.dumps(value)
