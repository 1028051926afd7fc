"""Batches: the request sends the keys, the answer gives them back."""

from tests.sdl_problems import SHOP, at, errors_of

QUERY = 'type Query { bikes: [Bike!] @connect(source: "shop", http: { GET: "/bikes" }, selection: "id") }\n'


def bike(connect: str, *, key: str = '@key(fields: "id")') -> str:
    return f'{SHOP}{QUERY}type Bike {key} @connect(source: "shop" {connect}) {{\n  id: ID! number: String }}'


GET = """http: { GET: "/bikes?ids={$batch.id->joinNotNull(',')}" }"""


def test_a_batch_that_gives_its_key_is_accepted() -> None:
    assert errors_of(bike(GET + ' batch: { maxSize: 5 } selection: "id number"')) == []
    assert errors_of(bike(GET + ' batch: { key: "id" } selection: "$.list { id: no number }"')) == []


def test_a_batch_whose_selection_lacks_its_key_is_told_to_add_it() -> None:
    sdl = bike(GET + ' batch: {} selection: "number"')
    assert errors_of(sdl) == [
        at(sdl, 'number"')
        + " BATCH_WITHOUT_KEY the selection gives no 'id', by which the answers of a batch are matched"
        " | Add 'id' to the selection, or 'id: …' with the name the API has for it"
    ]


def test_a_batch_by_what_is_no_key_is_refused() -> None:
    (error,) = errors_of(bike(GET + ' batch: { key: "ids" } selection: "id number"'))
    assert error.split(" ", 1)[1] == (
        "BATCH_KEY_UNKNOWN type 'Bike' has no @key(fields: \"ids\") | Did you mean 'id'?"
    )


def test_a_batch_that_sends_another_field_than_its_key_is_refused() -> None:
    sent = """http: { GET: "/bikes?ids={$batch.number->joinNotNull(',')}" }"""
    errors = errors_of(bike(sent + ' batch: { key: "id" } selection: "id number"'))
    codes = [error.split()[1] for error in errors]
    assert codes == ["ENTITY_WITHOUT_KEY", "BATCH_KEY_UNKNOWN", "FIELD_WITHOUT_VALUE"]


def test_a_batch_that_sends_no_keys_is_told_how() -> None:
    (error,) = errors_of(bike('http: { GET: "/bikes" } batch: {} selection: "id number"'))
    assert "BATCH_WITHOUT_VARIABLE" in error
    assert error.endswith(
        "| Send the keys: {$batch.id->joinNotNull(',')} in the URL or $batch.id in the body"
    )


def test_a_batch_of_no_size_is_refused() -> None:
    sdl = bike(GET + ' batch: { maxSize: 0 } selection: "id number"')
    assert errors_of(sdl) == [at(sdl, "0 }") + " BATCH_SIZE 'maxSize' is at least 1"]


def test_a_batch_on_a_root_field_is_refused() -> None:
    sdl = 'type Query { a: Int @connect(source: "shop", http: { GET: "/a" }, batch: {}, selection: "$.a") }'
    assert errors_of(SHOP + sdl) == [
        "a:2:74 BATCH_ILLEGAL Query.a is asked once: there is nothing to batch"
        " | Leave 'batch' out; it is for types and their fields"
    ]


USER = (
    SHOP
    + 'type Query { users: [User!] @connect(source: "shop", http: { GET: "/users" }, selection: "id org") }\n'
)


def user(batch: str, sent: str = "$batch.id", selection: str = "total") -> str:
    url = f"http: {{ GET: \"/orders?u={{{sent}->joinNotNull(',')}}\" }}"
    connect = f'@connect(source: "shop", {url}, {batch}, selection: "{selection}")'
    return USER + f"type User {{ id: ID! org: ID orders: [Order!] {connect} }}\ntype Order {{ total: Int }}"


def test_a_batch_of_a_field_names_the_key_in_the_answer() -> None:
    assert errors_of(user('batch: { key: "userId" }')) == []
    (error,) = errors_of(user("batch: { maxSize: 5 }"))
    assert "BATCH_WITHOUT_KEY the batch of a field needs 'key'" in error
    assert error.endswith('| Write batch: { key: "…" } with the path of $batch.id in an item of the answer')


def test_a_batch_of_a_field_is_by_one_value() -> None:
    two = "$batch.id->joinNotNull(',')}&o={$batch.org"
    assert [e.split()[1] for e in errors_of(user('batch: { key: "u" }', two))] == ["BATCH_ILLEGAL"]


def test_items_of_a_batch_cannot_use_what_is_bound_outside() -> None:
    (error,) = errors_of(user('batch: { key: "u" }', selection="$.x->as($x).list { total: $x.total }"))
    assert "SELECTION_SYNTAX items of a batch cannot use $x" in error
