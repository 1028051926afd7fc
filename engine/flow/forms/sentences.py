"""Say what is wrong with a value in a person's words: what, where, what to do; never the value itself."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from jsonschema_rs import ValidationErrorKind as Kind

from engine.flow.forms.phrases import count_of, tell
from engine.flow.forms.schemas import constants
from engine.flow.forms.words import label_of
from engine.flow.model import Json, JsonObject

Said = tuple[str, str]  # a code, and a phrase that goes on after the field's title

_LIKE: Mapping[str, str] = {"idn-email": "email", "iri": "uri"}  # formats told in the same words
_FORMATS = frozenset(
    {"date", "time", "date-time", "duration", "email", "uri", "uuid", "ipv4", "ipv6", "hostname"}
)


def say_what_is_wrong(kind: Kind, schema: JsonObject, language: str | None = None) -> Said:
    """`schema` is the field's, for its choices and examples."""
    match kind:
        case Kind.Type(types=types):
            return "VALUE_TYPE", _must_be([tell(name, language) for name in types], language)
        case Kind.Enum() | Kind.Constant() | Kind.OneOfNotValid() if constants(schema):
            choices = listed_choices(constants(schema), schema, language)
            return "VALUE_NOT_ALLOWED", _must_be([choices], language)
        case Kind.Enum() | Kind.Constant() | Kind.Not() | Kind.FalseSchema():
            return "VALUE_NOT_ALLOWED", tell("not-together", language)
        case Kind.Pattern():
            return "VALUE_PATTERN", tell("pattern", language, example=_example(schema, language))
        case Kind.Format(format=name):
            return "VALUE_FORMAT", _must_be([_format(name, language)], language)
        case Kind.UniqueItems():
            return "VALUE_DUPLICATE", tell("duplicate", language)
        case Kind.AnyOf() | Kind.OneOfNotValid() | Kind.OneOfMultipleValid():
            return "VALUE_INVALID", tell("no-way", language)
        case _:
            return _beyond_a_limit(kind, language) or ("VALUE_INVALID", tell("invalid", language))


def _beyond_a_limit(kind: Kind, language: str | None) -> Said | None:
    match kind:
        case Kind.Minimum(limit=limit):
            return "VALUE_OUT_OF_RANGE", tell("minimum", language, limit=f"{limit}")
        case Kind.Maximum(limit=limit):
            return "VALUE_OUT_OF_RANGE", tell("maximum", language, limit=f"{limit}")
        case Kind.ExclusiveMinimum(limit=limit):
            return "VALUE_OUT_OF_RANGE", tell("above", language, limit=f"{limit}")
        case Kind.ExclusiveMaximum(limit=limit):
            return "VALUE_OUT_OF_RANGE", tell("below", language, limit=f"{limit}")
        case Kind.MultipleOf(multiple_of=step):
            return "VALUE_OUT_OF_RANGE", tell("multiple", language, limit=f"{step}")
        case Kind.MinLength(limit=limit):
            return "VALUE_LENGTH", _length("at-least", limit, _CHARACTERS, language)
        case Kind.MaxLength(limit=limit):
            return "VALUE_LENGTH", _length("at-most", limit, _CHARACTERS, language)
        case Kind.MinItems(limit=limit) | Kind.MinProperties(limit=limit):
            return "VALUE_LENGTH", _length("at-least", limit, _ENTRIES, language)
        case Kind.MaxItems(limit=limit) | Kind.MaxProperties(limit=limit):
            return "VALUE_LENGTH", _length("at-most", limit, _ENTRIES, language)
        case _:
            return None


_CHARACTERS, _ENTRIES = ("character", "characters"), ("entry", "entries")


def _length(phrase: str, limit: int, what: tuple[str, str], language: str | None) -> str:
    return tell(phrase, language, count=count_of(limit, *what, language))


def _must_be(what: Sequence[str], language: str | None) -> str:
    return tell("must-be", language, what=tell("or", language).join(what))


def listed_choices(values: Sequence[Json], schema: JsonObject, language: str | None = None) -> str:
    labels = [label_of(schema, value, language) for value in values[:10]]
    rest = tell("more", language, count=len(values) - 10) if len(values) > 10 else ""
    if len(values) == 1:
        return labels[0]
    return tell("one-of", language, choices=tell("comma", language).join(labels)) + rest


def nearest(given: Json, values: Sequence[Json]) -> str | None:
    """The choice that was probably meant."""
    if not isinstance(given, str) or len(given) > 100:
        return None
    known = {value.casefold(): value for value in values if isinstance(value, str)}
    found = get_close_matches(given.casefold(), known, n=1)
    return known[found[0]] if found else None


def _format(name: str, language: str | None) -> str:
    known = _LIKE.get(name, name)
    return tell(known, language) if known in _FORMATS else tell("format", language, format=name)


def _example(schema: JsonObject, language: str | None) -> str:
    examples = schema.get("examples")
    first = examples[0] if isinstance(examples, list) and examples else None
    return tell("example", language, example=first) if isinstance(first, str) else ""
