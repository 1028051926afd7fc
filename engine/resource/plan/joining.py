"""Put the answers of several calls together as one value: field by field, listed objects by their key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import GraphQLObjectType, GraphQLSchema, GraphQLType, get_named_type

from engine.resource.answers import AnswerReader
from engine.resource.outcome import ACCESS_DENIED, BATCH_KEY_MISSING, MAPPING_ERROR, UNAUTHENTICATED, Failure
from engine.resource.plan.batching import Coerce, coercion
from engine.resource.plan.parts import Division

Values = Mapping[int, object]  # by connector: what each gives at a place, or why it gives nothing
Join = Callable[[Values], object]
Json = dict[str, object]


def compile_join(
    division: Division, declared: GraphQLType, answers: Mapping[int, AnswerReader], schema: GraphQLSchema
) -> Join:
    """The value of a field from those of its calls.

    An object is there if one of them gives it; what only the others would have given is null, or their
    failure. A list is that of the first call; its items take from the others what has their key.
    """
    if division.fields is None:  # what cannot be put together: others were called for less
        (only,) = division.givers
        return lambda values: values[only]
    whole = _Joining(answers=answers, schema=schema).value(division, declared)

    def join(values: Values) -> object:
        for value in values.values():
            if isinstance(value, Failure) and value.fails_parent:
                return value
        return whole(values)

    return join


@dataclass(frozen=True, slots=True, kw_only=True)
class _Joining:
    answers: Mapping[int, AnswerReader]
    schema: GraphQLSchema

    def value(self, division: Division, declared: GraphQLType) -> Join:
        named = get_named_type(declared)
        assert isinstance(named, GraphQLObjectType), "only objects are put together"
        assert division.fields is not None, "one call gives the whole"
        members = {
            name: self._member(name, field, named.fields[name].type)
            for name, field in division.fields.items()
        }
        if division.key:
            coerce = tuple(coercion(self.schema, named.name, (part,)) for part in division.key)
            return self._list(division, members, coerce)
        givers = division.givers

        def join(values: Values) -> object:
            if any(type(values[giver]) is dict for giver in givers):
                return {name: member(values) for name, member in members.items()}
            return _nothing([values[giver] for giver in givers])

        return join

    def _member(self, name: str, division: Division, declared: GraphQLType) -> Join:
        """A field of an object that is put together: of one of its parts, or put together itself."""
        misfits = {giver: self._misfit(giver) for giver in division.givers}
        if division.fields is None:
            (giver,) = division.givers
            return lambda values: _get(values[giver], name, misfits[giver])
        below = self.value(division, declared)
        return lambda values: below(
            {giver: _get(values[giver], name, misfit) for giver, misfit in misfits.items()}
        )

    def _list(self, division: Division, members: Mapping[str, Join], coerce: Sequence[Coerce]) -> Join:
        first, *others = division.givers
        missing = {giver: self._missing(giver) for giver in others}
        misfits = {giver: self._misfit(giver) for giver in others}

        def item(value: object, found: Mapping[int, object]) -> object:
            if type(value) is not dict:
                return value
            key = _key(cast("Json", value), division.key, coerce)
            values: dict[int, object] = {first: cast("object", value)}
            for giver, items in found.items():
                if type(items) is dict and key is not None:
                    values[giver] = cast("dict[object, object]", items).get(key, missing[giver])
                else:
                    values[giver] = None if type(items) is dict else items
            return {name: member(values) for name, member in members.items()}

        def join(values: Values) -> object:
            leading = values[first]
            if type(leading) is not list:
                return leading
            found = {giver: _by_key(values[giver], division.key, coerce, misfits[giver]) for giver in others}
            return [item(each, found) for each in cast("list[object]", leading)]

        return join

    def _misfit(self, giver: int) -> Failure:
        return self.answers[giver].failure(MAPPING_ERROR, "the API's value is not an object")

    def _missing(self, giver: int) -> Failure:
        return self.answers[giver].failure(BATCH_KEY_MISSING, "the API's answer has no item for this key")


def _nothing(values: Sequence[object]) -> object:
    """Why no call gave an object: a failure, else what is no object, else what the first came to."""
    failed = [value for value in values if isinstance(value, Failure) and not _is_denial(value)]
    misfits = [value for value in values if value is not None and not isinstance(value, Failure)]
    return next(iter((*failed, *misfits)), values[0])


def _is_denial(failure: Failure) -> bool:
    """Whether a call was not made, as nobody may see what it gives; APIs may fail with these codes too."""
    return failure.code in (ACCESS_DENIED, UNAUTHENTICATED) and "connector" not in failure.facts


def _get(value: object, name: str, misfit: Failure) -> object:
    if type(value) is dict:
        return cast("Json", value).get(name)
    return value if value is None or isinstance(value, Failure) else misfit


def _by_key(
    value: object, key: tuple[str, ...], coerce: Sequence[Coerce], misfit: Failure
) -> "dict[object, object] | Failure | None":
    """The items of a list by key, the first of each; what is no list stands for all of them."""
    if type(value) is not list:
        return value if value is None or isinstance(value, Failure) else misfit
    found: dict[object, object] = {}
    for item in cast("list[object]", value):
        if type(item) is dict:
            found.setdefault(_key(cast("Json", item), key, coerce), cast("object", item))
    return found


def _key(item: Json, key: tuple[str, ...], coerce: Sequence[Coerce]) -> object:
    """What an item is matched by; None where a part of its key is null."""
    parts = [item.get(part) for part in key]
    if any(part is None or isinstance(part, dict | list) for part in parts):
        return None
    return tuple([fit(part) for fit, part in zip(coerce, parts, strict=True)])
