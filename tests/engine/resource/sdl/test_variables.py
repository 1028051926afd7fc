"""Variables: legal where they stand, and what they name is there."""

import pytest

from tests.sdl_problems import SHOP, at, errors_of


def field(url: str, more: str = "", selection: str = "$.a", args: str = "(input: In, n: Int)") -> str:
    return (
        f'{SHOP}type Query {{ t: T @connect(source: "shop", http: {{ GET: "/t" }}, selection: "id tags") }}\n'
        f'type T {{ id: ID! tags: JSON a{args}: Int @connect(source: "shop", http: {{ GET: "{url}"{more} }}, '
        f'selection: "{selection}")\n  hard(x: Int!): Int @value(expr: "args.x") }}\n'
        "input In { deep: In name: String }"
    )


@pytest.mark.parametrize(
    "url",
    [
        "/{$this.id}/{$args.n}/{$args.input.deep.name}",
        "/{$config.whatever.it.is}/{$context.claims.any}/{$request.headers.'x-y'->first}",
        "/{$this.tags.any.thing}",
    ],
)
def test_variables_that_are_there_are_accepted(url: str) -> None:
    assert errors_of(field(url)) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("{$this.idd}", "UNKNOWN_FIELD type 'T' has no field 'idd' | Did you mean 'id'?"),
        ("{$this.id.x}", "UNKNOWN_FIELD type 'ID' has no field 'x'"),
        ("{$args.m}", "UNKNOWN_ARGUMENT 'T.a' has no argument 'm' | Its arguments are input, n"),
        ("{$args.input.deep.nam}", "UNKNOWN_FIELD type 'In' has no field 'nam' | Did you mean 'name'?"),
        ("{$context.subjet}", "UNKNOWN_FIELD $context has no 'subjet' | Did you mean 'subject'?"),
        ("{$request.body}", "UNKNOWN_FIELD of $request there are the headers only | Write"),
        ("{$thsi.id}", "TEMPLATE_SYNTAX unknown variable $thsi; there are $this, $args,"),
        ("{$env.HOME}", "TEMPLATE_SYNTAX there is no $env; give the module a value and read it from $config"),
        ("{$status}", "VARIABLE_ILLEGAL $status is of the answer"),
        ("{$batch.id}", "VARIABLE_ILLEGAL $batch stands in the URL and the body of a @connect with 'batch'"),
    ],
)
def test_a_variable_that_is_not_there_is_reported_in_the_url(url: str, says: str) -> None:
    sdl = field("/x/" + url)
    (error,) = errors_of(sdl)
    assert error.startswith(f"{at(sdl, url[1:])} {says}")


def test_secrets_do_not_reach_what_clients_get() -> None:
    (error,) = errors_of(field("/", selection="$config.apiKey"))
    assert "VARIABLE_ILLEGAL $config holds secrets" in error


def test_there_is_no_this_on_a_root_field() -> None:
    sdl = (
        SHOP
        + 'type Query { a: Int @connect(source: "shop", http: { GET: "/{$this.id}" }, selection: "$.a") }'
    )
    (error,) = errors_of(sdl)
    assert error.startswith(at(sdl, "$this") + " VARIABLE_ILLEGAL there is no object around this")


def test_a_batch_has_no_one_parent() -> None:
    (error,) = errors_of(
        field("/{$batch.id->joinNotNull(',')}/{$this.id}").replace(
            'selection: "$.a"', 'batch: { key: "k" } selection: "$.a"'
        )
    )
    assert error.endswith("there is no one $this | Write $batch.id, the list of that value of all of them")


def test_a_source_knows_no_arguments() -> None:
    sdl = SHOP.replace('shop.example"', 'shop.example", headers: [{ name: "x", value: "{$args.x}" }]')
    (error,) = errors_of(sdl + "type Query { a: Int @value(const: 1) }")
    assert error.startswith(at(sdl, "$args") + " VARIABLE_ILLEGAL a source and a @connect on a type have no")


def test_a_sibling_with_a_required_argument_cannot_be_read() -> None:
    (error,) = errors_of(field("/{$this.hard}"))
    assert "DEPENDENCY_ARGUMENTS T.a reads T.hard, which needs the argument 'x' | Give 'x' a default" in error


def test_the_host_is_not_for_callers_to_choose() -> None:
    sdl = 'type Query { a(h: String): Int @connect(http: { GET: "http://{$args.h}/a" }, selection: "$.a") }'
    assert errors_of(sdl) == [
        at(sdl, "{$args") + " HOST_VARIABLE the host is written literally or read from $config alone"
    ]


def test_the_host_may_come_from_the_configuration() -> None:
    sdl = 'type Query { a: Int @connect(http: { GET: "http://{$config.host}/a" }, selection: "$.a") }'
    assert errors_of(sdl) == []
