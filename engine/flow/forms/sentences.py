"""Say what is wrong with a value in a person's words: what, where, what to do; never the value itself."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from jsonschema_rs import ValidationErrorKind as Kind

from engine.flow.forms.schemas import constants
from engine.flow.forms.words import label_of
from engine.flow.model import Json, JsonObject

Said = tuple[str, str]  # a code, and a sentence that goes on after the field's title

_TYPES: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "empty",
}
_FORMATS: Mapping[str, str] = {
    "date": "a date, such as 2026-10-01",
    "time": "a time with its zone, such as 09:30:00+08:00",
    "date-time": "a moment with its zone, such as 2026-10-01T09:30:00+08:00",
    "duration": "a duration, such as PT30M",
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "uri": "a web address, such as https://example.org/a",
    "iri": "a web address, such as https://example.org/a",
    "uuid": "a UUID",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "hostname": "a host name",
}


def say_what_is_wrong(kind: Kind, schema: JsonObject) -> Said:
    """`schema` is the field's, for its choices and examples."""
    match kind:
        case Kind.Type(types=types):
            return "VALUE_TYPE", f"must be {' or '.join(_TYPES.get(name, name) for name in types)}"
        case Kind.Enum() | Kind.Constant() | Kind.OneOfNotValid() if constants(schema):
            return "VALUE_NOT_ALLOWED", f"must be {listed_choices(constants(schema), schema)}"
        case Kind.Enum() | Kind.Constant() | Kind.Not() | Kind.FalseSchema():
            return "VALUE_NOT_ALLOWED", "is not allowed with what else is given"
        case Kind.Pattern():
            return "VALUE_PATTERN", f"does not have the form asked for{_example(schema)}"
        case Kind.Format(format=name):
            return "VALUE_FORMAT", f"must be {_FORMATS.get(name, f'of the format {name}')}"
        case Kind.UniqueItems():
            return "VALUE_DUPLICATE", "has the same item twice: give each once"
        case Kind.AnyOf() | Kind.OneOfNotValid() | Kind.OneOfMultipleValid():
            return "VALUE_INVALID", "fits none of the ways in which it may be given, or more than one"
        case _:
            return _beyond_a_limit(kind) or ("VALUE_INVALID", "is not valid")


def _beyond_a_limit(kind: Kind) -> Said | None:
    match kind:
        case Kind.Minimum(limit=limit):
            return "VALUE_OUT_OF_RANGE", f"must be at least {limit}"
        case Kind.Maximum(limit=limit):
            return "VALUE_OUT_OF_RANGE", f"must be at most {limit}"
        case Kind.ExclusiveMinimum(limit=limit):
            return "VALUE_OUT_OF_RANGE", f"must be more than {limit}"
        case Kind.ExclusiveMaximum(limit=limit):
            return "VALUE_OUT_OF_RANGE", f"must be less than {limit}"
        case Kind.MultipleOf(multiple_of=step):
            return "VALUE_OUT_OF_RANGE", f"must be a multiple of {step}"
        case Kind.MinLength(limit=limit):
            return "VALUE_LENGTH", f"must have at least {_count(limit, 'character')}"
        case Kind.MaxLength(limit=limit):
            return "VALUE_LENGTH", f"must have at most {_count(limit, 'character')}"
        case Kind.MinItems(limit=limit) | Kind.MinProperties(limit=limit):
            return "VALUE_LENGTH", f"must have at least {_count(limit, 'entry')}"
        case Kind.MaxItems(limit=limit) | Kind.MaxProperties(limit=limit):
            return "VALUE_LENGTH", f"must have at most {_count(limit, 'entry')}"
        case _:
            return None


def listed_choices(values: Sequence[Json], schema: JsonObject) -> str:
    labels = [label_of(schema, value, None) for value in values[:10]]
    rest = f" or {len(values) - 10} more" if len(values) > 10 else ""
    return (f"one of: {', '.join(labels)}" if len(values) > 1 else labels[0]) + rest


def nearest(given: Json, values: Sequence[Json]) -> str | None:
    """The choice that was probably meant."""
    if not isinstance(given, str) or len(given) > 100:
        return None
    known = {value.casefold(): value for value in values if isinstance(value, str)}
    found = get_close_matches(given.casefold(), known, n=1)
    return known[found[0]] if found else None


def _example(schema: JsonObject) -> str:
    examples = schema.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else None
    return f", such as {first}" if isinstance(first, str) else ""


def _count(limit: int, what: str) -> str:
    if limit == 1:
        return f"1 {what}"
    return f"{limit} {what.removesuffix('y')}ies" if what.endswith("y") else f"{limit} {what}s"
