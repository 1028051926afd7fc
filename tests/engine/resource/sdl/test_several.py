"""Several @connect on one field: what check refuses, warns of and accepts."""

import pytest

from tests.sdl_problems import SHOP, at, codes_of, errors_of, line_of, problems_of


def get(path: str, selection: str, more: str = "") -> str:
    return f'@connect(source: "shop", http: {{ GET: "{path}" }}, selection: "{selection}"{more})'


def product(declared: str, *connects: str, types: str = "") -> str:
    return (
        f"{SHOP}type Query {{ product: {declared} {' '.join(connects)} }}\n"
        f"{types or 'type Product { id: ID name: String stock: Int }'}"
    )


def test_connectors_that_give_parts_of_an_object_are_accepted() -> None:
    sdl = product("Product", get("/a", "id name"), get("/b", "id stock"))
    assert codes_of(sdl) == []


def test_every_field_has_to_be_given_by_one_of_them() -> None:
    sdl = product("Product", get("/a", "id"), get("/b", "stock"))
    (error,) = errors_of(sdl)
    assert error.startswith(at(sdl, "name: String") + " FIELD_WITHOUT_VALUE")


def test_a_misspelt_field_of_the_second_is_reported_there() -> None:
    sdl = product("Product", get("/a", "id name"), get("/b", "stok"))
    assert errors_of(sdl)[0].startswith(at(sdl, "stok") + " SELECTION_UNKNOWN_FIELD")


def test_a_mutation_has_one_connector() -> None:
    sdl = (
        f"{SHOP}type Query {{ a: Int @value(const: 1) }}\n"
        f"type Mutation {{ buy: Product {get('/a', 'id name').replace('GET', 'POST')} "
        f"{get('/b', 'stock').replace('GET', 'POST')} }}\n"
        "type Product { id: ID name: String stock: Int }"
    )
    (error,) = errors_of(sdl)
    assert " CONNECT_SEVERAL Mutation.buy has several @connect" in error


def test_there_is_a_limit_to_their_number() -> None:
    names = [f"f{n}" for n in range(9)]
    types = f"type Product {{ {' '.join(f'{name}: Int' for name in names)} }}"
    sdl = product("Product", *(get(f"/{name}", name) for name in names), types=types)
    assert [error.split()[1] for error in errors_of(sdl)] == ["CONNECT_SEVERAL"]


KEYED = 'type Product @key(fields: "id") { id: ID name: String stock: Int }'


@pytest.mark.parametrize(
    ("first", "second", "types", "says"),
    [
        ("id name", "id stock", "", "Declare type Product @key(fields: \"id\"). Give 'id' in each"),
        ("name", "stock", KEYED.replace("id: ID", "id: ID @value(const: 1)"), "| Give 'id' in each"),
        ("id name", "stock", KEYED, "| Give 'id' in each"),
    ],
)
def test_lists_that_cannot_be_put_together_are_refused(
    first: str, second: str, types: str, says: str
) -> None:
    sdl = product("[Product]", get("/a", first), get("/b", second), types=types)
    (error,) = errors_of(sdl)
    assert error.startswith(f"{at(sdl, second)} CONNECT_PARTS each @connect gives another part of")
    assert says in error


def test_lists_meet_by_a_key_that_both_give() -> None:
    assert errors_of(product("[Product]", get("/a", "id name"), get("/b", "id stock"), types=KEYED)) == []


def test_a_list_that_one_of_them_gives_whole_needs_no_key() -> None:
    sdl = product("[Product]", get("/a", "id name"), get("/b", "id name stock"))
    assert codes_of(sdl) == []


def test_a_list_below_is_named_by_its_path() -> None:
    types = "type Product { items: [Item] } type Item { a: Int b: Int }"
    sdl = product("Product", get("/a", "items { a }"), get("/b", "items { b }"), types=types)
    (error,) = errors_of(sdl)
    assert "another part of Query.product.items" in error
    assert "Declare type Item" in error


def test_an_abstract_type_is_given_whole_by_one_of_them() -> None:
    types = (
        "interface Thing { name: String } "
        "type Bike implements Thing { name: String stock: Int } type Car implements Thing { name: String }"
    )
    bike = "__typename: $('Bike')"
    parts = product("Thing", get("/a", f"{bike} name"), get("/b", f"{bike} stock"), types=types)
    whole = product("Thing", get("/a", f"{bike} name"), get("/b", f"{bike} stock name"), types=types)
    assert [error.split()[1] for error in errors_of(parts)] == ["CONNECT_PARTS"]
    assert errors_of(whole) == []


def test_one_that_is_never_called_is_a_warning() -> None:
    sdl = product("String", get("/a", "$.name"), get("/b", "$.title"))
    (problem,) = problems_of(sdl)
    assert line_of(problem).startswith(at(sdl, get("/b", "$.title")) + " CONNECT_UNUSED Query.product#2 is")
    assert "no other is asked in its place" in line_of(problem)


def test_another_way_to_ask_is_of_use() -> None:
    sdl = (
        f"{SHOP}type Query {{ a: Product {get('/a', 'id sku')} }}\n"
        f"type Product {{ id: ID sku: ID price: Int {get('/p?id={$this.id}', '$.p')} "
        f"{get('/p?sku={$this.sku}', '$.p')} }}"
    )
    assert codes_of(sdl) == []


def test_two_with_one_id_are_refused() -> None:
    sdl = product("Product", get("/a", "id name", ', id: "p"'), get("/b", "stock", ', id: "p"'))
    (error,) = errors_of(sdl)
    assert " DUPLICATE_API two @connect of Query.product have the id 'p'" in error


def test_a_cycle_through_any_of_them_is_refused() -> None:
    sdl = (
        f"{SHOP}type Query {{ a: Product {get('/a', 'id')} }}\n"
        f"type Product {{ id: ID x: Int {get('/x?y={$this.id}', '$.x')} {get('/x?y={$this.y}', '$.x')} "
        f"y: Int {get('/y?x={$this.x}', '$.y')} }}"
    )
    assert [error.split()[1] for error in errors_of(sdl)] == ["DEPENDENCY_CYCLE"]


def test_each_grows_with_the_list_it_is_asked_for() -> None:
    sdl = (
        f"{SHOP}type Query {{ all: [Product] {get('/all', 'id')} }}\n"
        f"type Product {{ id: ID more: More {get('/m/{$this.id}', 'a')} {get('/n/{$this.id}', 'b')} }}\n"
        "type More { a: Int b: Int }"
    )
    assert [line_of(p).split(" ", 1)[1].partition(":")[0] for p in problems_of(sdl)] == [
        "N_PLUS_ONE Product.more",
        "N_PLUS_ONE Product.more#2",
    ]
