"""Keys, entities, headers, constants and failures: each rule refused and accepted."""

import pytest

from tests.sdl_problems import SHOP, at, codes_of, errors_of


def entity(key: str, argument: str = "id", declared: str = "Driver", more: str = "entity: true") -> str:
    return (
        f'{SHOP}type Query {{ driver({argument}: ID!): {declared} @connect(source: "shop", '
        f'http: {{ GET: "/d/{{$args.{argument}}}" }}, selection: "id name", {more}) }}\n'
        f"type Driver {key} {{ id: ID! name: String tags: [String] @value(const: []) }}"
    )


def test_a_query_field_whose_argument_is_the_key_fills_a_type() -> None:
    assert errors_of(entity('@key(fields: "id")')) == []


@pytest.mark.parametrize(
    ("sdl", "says"),
    [
        (
            entity(""),
            "ENTITY_FORM the arguments of Query.driver are 'id', and Driver has no such @key | Write type",
        ),
        (
            entity('@key(fields: "id")', "no"),
            "ENTITY_FORM the arguments of Query.driver are 'no', and Driver has no",
        ),
        (
            entity('@key(fields: "id")', declared="[Driver]"),
            "ENTITY_FORM 'entity: true' is for a field that gives one",
        ),
        (
            entity('@key(fields: "idd")', more="errors: null"),
            "UNKNOWN_FIELD type 'Driver' has no field 'idd'",
        ),
        (entity('@key(fields: "tags")', more="errors: null"), "KEY_FORM 'Driver.tags' cannot be a key"),
        (entity('@key(fields: "")', more="errors: null"), "KEY_FORM @key of 'Driver' lists the names"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused(sdl: str, says: str) -> None:
    (error,) = errors_of(sdl)
    assert says in error


def test_a_mutation_fills_no_entities() -> None:
    sdl = SHOP + (
        "type Query { a: Int @value(const: 1) }\n"
        "type Mutation { b: Int\n"
        '@connect(source: "shop", http: { POST: "/b" }, selection: "$.b", entity: true) }'
    )
    assert errors_of(sdl) == [at(sdl, "true") + " ENTITY_FORM only a field of Query can be 'entity: true'"]


def test_a_call_on_a_type_asks_by_its_key() -> None:
    def bike(url: str, key: str = '@key(fields: "id")') -> list[str]:
        query = (
            'type Query { b: Bike @connect(source: "shop", http: { GET: "/b" }, selection: "id number") }\n'
        )
        return errors_of(
            f'{SHOP}{query}type Bike {key} @connect(source: "shop", http: {{ GET: "{url}" }}, '
            'selection: "id number") { id: ID! number: String }'
        )

    assert bike("/b/{$this.id}") == []
    assert "ENTITY_WITHOUT_KEY type 'Bike' has no @key" in bike("/b/{$this.id}", "")[0]
    assert "ENTITY_WITHOUT_KEY the call asks for a 'Bike' by 'number'" in bike("/b/{$this.number}")[0]
    assert "ENTITY_WITHOUT_KEY the call does not say which 'Bike' it asks for" in bike("/b")[0]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ('{ name: "Host", value: "x" }', "HEADER_FORBIDDEN header 'Host' belongs to the connection"),
        ('{ name: "content-length", value: "1" }', "HEADER_FORBIDDEN header 'content-length' belongs"),
        ('{ name: "transfer-encoding", from: "x" }', "HEADER_FORBIDDEN header 'transfer-encoding' belongs"),
        (
            '{ name: "proxy-authorization", value: "x" }',
            "HEADER_FORBIDDEN header 'proxy-authorization' belongs",
        ),
        ('{ name: "x y", value: "x" }', "HEADER_FORBIDDEN header 'x y' is no header name"),
        ('{ name: "x", from: "a b" }', "HEADER_FORBIDDEN no client sends a header 'a b'"),
        ('{ name: "x", value: "1" } { name: "X", value: "2" }', "DUPLICATE_HEADER header 'X' is set twice"),
        ('{ name: "x" }', "HEADER_FORM header 'x' takes either 'from'"),
    ],
)
def test_a_header_that_cannot_be_set_is_refused(header: str, says: str) -> None:
    source = SHOP.replace('.example"', f'.example", headers: [{header}]')
    (error,) = errors_of(source + "type Query { a: Int @value(const: 1) }")
    assert says in error


def test_headers_of_ones_own_are_accepted() -> None:
    source = SHOP.replace('.example"', '.example", headers: [{ name: "x-a", value: "{$config.a}" }]')
    assert errors_of(source + "type Query { a: Int @value(const: 1) }") == []


@pytest.mark.parametrize(
    ("declared", "const"),
    [
        ("Int", "1"),
        ("Float!", "1"),
        ("ID", "1"),
        ("[String!]", '["a"]'),
        ("E", '"A"'),
        ("JSON", "{ any: [1] }"),
        ("T", "{ n: 1, t: { n: null } }"),
    ],
)
def test_a_constant_that_fits_is_accepted(declared: str, const: str) -> None:
    sdl = f"type Query {{ a: {declared} @value(const: {const}) }}\nenum E {{ A }}\ntype T {{ n: Int t: T }}"
    assert [error for error in errors_of(sdl) if "VALUE_TYPE" in error] == []


@pytest.mark.parametrize(
    ("declared", "const", "why"),
    [
        ("Int", '"1"', "'1' is not a Int"),
        ("Int", "true", "True is not a Int"),
        ("Int", "3000000000", "3000000000 is not a Int"),
        ("String!", "null", "null where a String must be"),
        ("[Int]", "1", "1 is not a list of Int"),
        ("[Int]", '[1, "2"]', "'2' is not a Int"),
        ("E", '"B"', "'B' is not a E"),
        ("T", "1", "1 is not an object of type T"),
        ("T", "{ m: 1 }", "type 'T' has no field 'm'."),
        ("T", '{ t: { n: "x" } }', "t: n: 'x' is not a Int"),
    ],
)
def test_a_constant_that_does_not_fit_is_refused(declared: str, const: str, why: str) -> None:
    sdl = f"type Query {{ a: {declared} @value(const: {const}) }}\nenum E {{ A }}\ntype T {{ n: Int t: T }}"
    errors = [error for error in errors_of(sdl) if "VALUE_TYPE" in error]
    assert len(errors) == 1
    assert errors[0].startswith(at(sdl, f"{const})") + f" VALUE_TYPE 'const' does not fit: {why}")


def failing(declared: str, more: str) -> str:
    connect = f'@connect(source: "shop", http: {{ GET: "/a" }}, selection: "$.a"{more})'
    return f"{SHOP}type Query {{ a: {declared} {connect} }}"


def test_a_failed_call_cannot_give_null_where_a_value_must_be() -> None:
    sdl = failing("Int!", ", onError: NULL")
    assert errors_of(sdl) == [
        at(sdl, "NULL") + " NULL_ON_NON_NULL Query.a is Int!, so a failed call cannot give null"
        " | Leave out the '!' of its type, or write onError: DEFAULT with a default"
    ]
    assert codes_of(failing("Int!", "")) == ["FAILURE_SPREADS"]
    assert codes_of(failing("Int!", ", onError: FAIL")) == []
    assert codes_of(failing("Int", ", onError: NULL")) == []


def test_a_default_fits_its_field() -> None:
    assert errors_of(failing("Int!", ", onError: DEFAULT, default: 0")) == []
    (error,) = errors_of(failing("Int!", ', onError: DEFAULT, default: "0"'))
    assert "VALUE_TYPE 'default' does not fit: '0' is not a Int" in error
