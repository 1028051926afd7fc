"""Composing several modules: what is each module's own, and what they share."""

from tests.sdl_problems import SHOP, at, errors_of

A = 'type Query { a: Int @connect(source: "shop", http: { GET: "/a" }, selection: "$.a") }'
B = 'type Query { b: Int @connect(source: "shop", http: { GET: "/b" }, selection: "$.b") }'
SOURCE = '@source(name: "shop", http: { baseURL: "http://shop.example" })'


def test_each_module_says_its_owner_and_names_its_sources_for_itself() -> None:
    assert (
        errors_of(
            f'extend schema @owner(unit: "x") {SOURCE}\n{A}', f'extend schema @owner(unit: "y") {SOURCE}\n{B}'
        )
        == []
    )


def test_a_module_with_two_owners_is_refused() -> None:
    sdl = f'extend schema @owner(unit: "x") {SOURCE}\nextend schema @owner(unit: "y")\n{A}'
    assert errors_of(sdl) == [
        "a:2:15 DUPLICATE_DIRECTIVE The directive '@owner' can only be used once at this location."
    ]


def test_a_type_with_two_owners_is_refused_across_modules() -> None:
    assert errors_of(
        f'extend schema {SOURCE}\ntype T @owner(unit: "x") {{ i: Int @value(const: 1) }}\n{A}',
        'extend type T @owner(unit: "y")',
    ) == [
        "b:1:15 DUPLICATE_DIRECTIVE The directive '@owner' can only be used once at this location."
        " The other is in module 'a' of unit a."
    ]


def test_a_source_of_another_module_is_unknown() -> None:
    (error,) = errors_of(f"extend schema {SOURCE}\n{A}", B)
    assert error.startswith("b:1:38 UNKNOWN_SOURCE this module has no source 'shop' | Declare it: ")


def test_uses_of_a_refused_source_are_not_reported_again() -> None:
    misspelt = SOURCE[:-1] + ', policy: { dedupe: "yes" })'
    assert [error.split()[1] for error in errors_of(f"extend schema {misspelt}\n{A}")] == ["BAD_ARGUMENT"]


def test_what_a_selection_of_another_module_lacks_is_reported_there() -> None:
    bikes = "type Query { one: Bike @value(const: { id: 1, number: 2 }) }\ntype Bike { id: ID number: Int }"
    rides = (
        f'{SHOP}type Query {{ two: Bike @connect(source: "shop", http: {{ GET: "/two" }}, selection: "id")\n'
        "three: Bike @value(const: { number: 3 }) }"
    )
    errors = errors_of(bikes, rides)
    assert [error.partition(" nothing")[0] for error in errors] == [
        at(rides, 'id")').replace("a:", "b:") + " FIELD_WITHOUT_VALUE",
        at(rides, "@value").replace("a:", "b:") + " FIELD_WITHOUT_VALUE",
    ]
    assert "Add 'number' to the selection of Query.two, or give Bike.number" in errors[0]
