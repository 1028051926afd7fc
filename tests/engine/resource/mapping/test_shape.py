"""What is known of a mapping's output before any answer is there."""

import pytest

from engine.resource.mapping import (
    AnyShape,
    Leaf,
    MappingSyntaxError,
    ObjectShape,
    OneOf,
    Shape,
    alternatives,
)
from engine.resource.mapping import parse_selection as parse


def sketch(shape: Shape) -> object:
    """A shape as plain data: objects as dicts, choices as lists, scalars by kind or `=literal`."""
    match shape:
        case AnyShape():
            return "any"
        case Leaf(kind=kind, literal=literal):
            written = literal is None or isinstance(literal, bool | int | float | str)
            return f"={literal}" if written else kind
        case ObjectShape(fields=fields):
            return {name: sketch(field.shape) for name, field in fields.items()}
        case OneOf(shapes=shapes):
            return [sketch(each) for each in shapes]


SHAPES: list[tuple[str, object]] = [
    ("id name", {"id": "any", "name": "any"}),
    ("$.a { b c: d { e } }", {"b": "any", "c": {"e": "any"}}),
    ("id a.b { c }", {"id": "any", "c": "any"}),
    ("$.a", "any"),
    ("a: 'x' b: 1 c: true d: null", {"a": "=x", "b": "=1", "c": "=True", "d": "=None"}),
    (
        "a: x->size b: x->upper c: x->eq(1) d: x->jsonParse",
        {"a": "number", "b": "string", "c": "boolean", "d": "any"},
    ),
    ("a: $({ b: { c: 1 } }).b.c", {"a": "=1"}),
    ("a: l->map({ b: @.c })->first", {"a": {"b": "any"}}),
    ("a: l->filter(@.x)->slice(0, 1) { b }", {"a": {"b": "any"}}),
    ("a: $({ b: 1 })->get('b')", {"a": "=1"}),
    ("a: x->entries", {"a": {"key": "string", "value": "any"}}),
    ("a: x->entries { k: key }", {"a": {"k": "string"}}),
    ("a: x ?? 'd' b: null ?? 1", {"a": ["any", "=d"], "b": "=1"}),
    ("a: x->match(['a', 1], ['b', 1], [@, null])", {"a": ["=1", "=None"]}),
    ("a: x->as($n, { b: 2 })->echo($n.b)", {"a": "=2"}),
    ("a: [1, 2, { b }]", {"a": ["=1", "=2", {"b": "any"}]}),
    ("x: 1 ...a { x: 'y' }", {"x": ["=1", "=y"]}),
    ("...a { x: 'y' } x: 1", {"x": "=1"}),
    ("... k->match(['a', { x }], [@, null])", [{"x": "any"}, "=None"]),
    ("i ... k->match(['a', { x }], ['b', { y }])", [{"i": "any", "x": "any"}, {"i": "any", "y": "any"}]),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES)
def test_the_shape_is(text: str, expected: object) -> None:
    assert sketch(parse(text).shape) == expected


def test_each_alternative_of_an_abstract_type_tells_its_name_and_its_fields() -> None:
    shape = parse(
        "id ... kind->match(['b', { __typename: 'Book', pages }], [@, { __typename: 'Film' }])"
    ).shape

    book, film = alternatives(shape)
    assert isinstance(book, ObjectShape)
    assert isinstance(film, ObjectShape)
    assert (book.typenames, tuple(book.fields)) == (("Book",), ("id", "__typename", "pages"))
    assert (film.typenames, tuple(film.fields)) == (("Film",), ("id", "__typename"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("__typename: kind->match(['b', 'Book'], [@, 'Film']) id", ("Book", "Film")),
        ("__typename: kind->match(['b', 'Book'], [@, null]) id", ("Book",)),
        ("__typename: kind", None),
        ("id", None),
    ],
)
def test_a_typename_is_known_only_if_it_is_literal(text: str, names: tuple[str, ...] | None) -> None:
    shape = parse(text).shape

    assert isinstance(shape, ObjectShape)
    assert shape.typenames == names


def test_a_field_knows_its_place_and_whether_it_is_optional() -> None:
    shape = parse("id\n  who: author? { name? }").shape

    assert isinstance(shape, ObjectShape)
    who = shape.fields["who"]
    assert (who.line, who.column, who.optional) == (2, 3, True)
    assert isinstance(who.shape, ObjectShape)
    name = who.shape.fields["name"]
    assert (name.line, name.column, name.optional) == (2, 18, True)
    assert not shape.fields["id"].optional


def test_forms_that_multiply_beyond_the_limit_are_refused() -> None:
    spread = "... {0}->match(['a', {{ {0}1: 1 }}], ['b', {{ {0}2: 2 }}])"

    with pytest.raises(MappingSyntaxError, match="too many alternative forms"):
        parse(" ".join(spread.format(name) for name in "abcdefg"))
