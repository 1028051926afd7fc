"""Which variables a mapping reads, as far down as its text tells."""

import pytest

from engine.resource.mapping import parse_selection

USES: list[tuple[str, list[str]]] = [
    ("id", []),
    ("id: $args.id", ["$args.id"]),
    ("a: $args.f.x b: $args.f.x", ["$args.f.x"]),
    ("a: $this { b c: d.e }", ["$this.b", "$this.d.e"]),
    ("a: $this.o { b }", ["$this.o.b"]),
    ("a: $this { all: $ }", ["$this"]),
    ("a: $this {}", ["$this"]),
    ("ids: $batch.id->joinNotNull(',')", ["$batch.id"]),
    ("a: $args.l->map(@.x)", ["$args.l"]),
    ("a: x->match([$args.a, $args.b], [@, $config.c])", ["$args.a", "$args.b", "$config.c"]),
    ("a: $args.o->as($o)->echo($o.x)", ["$args.o.x"]),
    ("a: $args.o->as($o).l { x: $o.y }", ["$args.o.y"]),
    ("a: $args.x ?? $this.y", ["$args.x", "$this.y"]),
    ("a: [$args.x, { b: $status }]", ["$args.x", "$status"]),
    ("ok: $status->eq(200)", ["$status"]),
    ("h: $response.headers.'x-id'->first", ["$response.headers.x-id"]),
    ("... $args.o { x }", ["$args.o.x"]),
    ("a: $args.o?.p?", ["$args.o.p"]),
    ("a: items { b: $this.c }", ["$this.c"]),
    ("a: $({ x: $args.y }).x", ["$args.y"]),
]


@pytest.mark.parametrize(("text", "expected"), USES)
def test_variables_are_found(text: str, expected: list[str]) -> None:
    assert [".".join((use.name, *use.path)) for use in parse_selection(text).variables] == expected


def test_a_use_knows_its_place() -> None:
    (use,) = parse_selection("id\n  x: $args.id").variables

    assert (use.line, use.column) == (2, 6)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("id", True),
        ("x: $.a", True),
        ("x: @", True),
        ("x: $args.l { id }", False),
        ("x: $args.l->map(@.id)", False),
        ("x: $args.l->map($.id)", True),
        ("x: 1", False),
        ("ok: $status->eq(200)", False),
    ],
)
def test_whether_the_answer_is_read_at_all_is_known(text: str, reads: bool) -> None:
    assert parse_selection(text).reads_input is reads
