"""Selections: only what the type has, objects for objects, leaves for leaves, types by name."""

import pytest

from tests.sdl_problems import SHOP, at, errors_of


def order(selection: str, fields: str, more: str = "") -> str:
    return (
        f'{SHOP}type Query {{ order: Order @connect(source: "shop", http: {{ GET: "/o" }}, '
        f'selection: "{selection}") }}\ntype Order {{ {fields} }}\n{more}'
    )


def test_a_misspelt_field_is_reported_in_the_string_with_the_nearest_name() -> None:
    sdl = order("id totl: amount total", "id: ID! total: Int")
    assert errors_of(sdl) == [
        at(sdl, "totl:") + " SELECTION_UNKNOWN_FIELD type 'Order' has no field 'totl' | Did you mean 'total'?"
    ]


def test_a_field_that_resembles_none_is_reported_with_those_there_are() -> None:
    (error,) = errors_of(order("id zzz", "id: ID!"))
    assert error.endswith("| Take it out, or add it to type 'Order'; its fields are id")


def test_a_nested_misspelling_is_found_in_a_block_string() -> None:
    sdl = order("@@", "id: ID! buyer: Buyer", "type Buyer { name: String }").replace(
        '"@@"', '"""\n    id\n    buyer { nam name }\n  """'
    )
    (error,) = errors_of(sdl)
    assert error.startswith(at(sdl, "nam name") + " SELECTION_UNKNOWN_FIELD type 'Buyer' has no field 'nam'")


@pytest.mark.parametrize(
    ("selection", "declared", "says"),
    [
        ("total: amount { value }", "Int", "Order.total is Int, but the selection gives an object"),
        ("total: $('x')", "Int", "Order.total is Int, but the selection gives 'x'"),
        ("total: a->eq(1)->toString", "Boolean", "Order.total is Boolean, but the selection gives a string"),
        ("total: $('GODL')", "Level", "Order.total is Level, which has no value 'GODL'"),
        ("total: a->eq(1)", "Level", "Order.total is Level, but the selection gives a boolean"),
        (
            "total",
            "Buyer",
            "Order.total is an object of type Buyer, but the selection gives whatever the API",
        ),
        ("total: $(1)", "Buyer", "Order.total is an object of type Buyer, but the selection gives a number"),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused(selection: str, declared: str, says: str) -> None:
    types = "enum Level { GOLD SILVER }\ntype Buyer { name: String @value(const: null) }"
    errors = [e for e in errors_of(order(selection, f"total: {declared}", types)) if "SHAPE_MISMATCH" in e]
    assert len(errors) == 1
    assert f"SHAPE_MISMATCH {says}" in errors[0]


@pytest.mark.parametrize(
    ("selection", "declared"),
    [
        ("total: amount { value }", "JSON"),
        ("total: amount { value }", "Money"),
        ("total: $('12')", "Int"),
        ("total: $(null)", "Buyer"),
        ("total: state->match([1, 'GOLD'], [2, 'SILVER'])", "Level"),
        ("total: a->first { name }", "[Buyer!]"),
    ],
)
def test_a_value_of_a_shape_that_fits_is_accepted(selection: str, declared: str) -> None:
    types = "scalar Money enum Level { GOLD SILVER }\ntype Buyer { name: String }"
    assert errors_of(order(selection, f"total: {declared}", types)) == []


PETS = "union Pet = Cat | Dog\ntype Cat { lives: Int }\ntype Dog { tricks: Int }"


BOTH = """pet: p {
  ...kind->match([1, { __typename: 'Cat', lives: $.l }], [2, { __typename: 'Dog', tricks: $.t }])
}""".replace("\n", " ")


def pets(selection: str) -> str:
    return order(selection, "pet: Pet", PETS)


def test_a_selection_for_a_union_names_the_type_of_each_object() -> None:
    assert errors_of(pets(BOTH)) == []
    (error,) = errors_of(pets("pet: p { lives }"))
    assert "TYPENAME_MISSING Order.pet may be Cat or Dog: the selection has to say which" in error


def test_a_type_name_that_cannot_stand_there_is_refused() -> None:
    sdl = pets("pet: p { __typename: $('Dgo') tricks }")
    assert errors_of(sdl) == [
        at(sdl, "__typename") + " TYPENAME_UNKNOWN Order.pet is Pet, never 'Dgo' | Did you mean 'Dog'?"
    ]


def test_each_alternative_is_held_against_its_own_type() -> None:
    sdl = pets(BOTH.replace("lives", "tricks"))
    errors = errors_of(sdl)
    assert errors[0].startswith(
        at(sdl, "tricks: $.l") + " SELECTION_UNKNOWN_FIELD type 'Cat' has no field 'tricks'"
    )
