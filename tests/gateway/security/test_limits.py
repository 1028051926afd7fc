"""The attack list on documents: each refused for what it is in little time, honest ones let through."""

import pytest
from graphql import build_schema, get_introspection_query, parse, validate

from gateway.security.limits import Limits, OperationLimit, check_limits, check_text, refuse_excess
from schema.operation import OperationRefused
from tests.processor_time import least_cpu_ms

MAX_CPU_MS = 20  # beyond lexing
MAX_VALIDATION_MS = 50
MAX_TOKENS = 2_000

SCHEMA = build_schema(
    """
    interface Node { id: ID  next: Node }
    type User implements Node { id: ID  next: Node  name: String  tags: [String]  friends: [User]  best: User
      grid: [[User!]!]! }
    union Hit = User
    type Query { user: User  users: [User]  hit: Hit  node: Node  a: String }
    type Mutation { rename: User  drop: Boolean }
    """
)
LIMITS = Limits()


def check(text: str, name: str | None = None, limits: Limits = LIMITS) -> OperationLimit | None:
    return check_limits(parse(text), name, SCHEMA, limits)


def deep(levels: int) -> str:
    return "{ user " + "{ best " * (levels - 2) + "{ id }" + " }" * (levels - 2) + " }"


def chained_fragments(count: int) -> str:
    """Each spreads the next one twice: 2^count fields when expanded."""
    links = [f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(count - 1)]
    return "{ user { ...F0 } } " + " ".join(links) + f" fragment F{count - 1} on User {{ id }}"


def forked_fragments(count: int) -> str:
    """The same below fields, where the names never meet at one level."""
    links = [
        f"fragment F{n} on User {{ best {{ ...F{n + 1} }} b: best {{ ...F{n + 1} }} }}" for n in range(count)
    ]
    return "{ user { ...F0 } } " + " ".join(links) + f" fragment F{count} on User {{ id }}"


def fields(count: int, text: str) -> str:
    return " ".join(text.replace("#", str(number)) for number in range(count))


INTROSPECTION_BOMB = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
CHAIN = " ".join(f"fragment F{n} on User {{ ...F{n + 1} }}" for n in range(200))
TWO_FRAGMENTS = (
    f"fragment R on Query {{ {fields(15, 'a#: a')} }} fragment S on Query {{ {fields(6, 'b#: a')} }}"
)
ATTACKS = {
    "5,000 aliases": ("{" + fields(5_000, "a#: a") + "}", "aliases"),
    "5,000 duplicate fields": ("{" + "a " * 5_000 + "}", "same_response_name"),
    "3,000 directives": ("{ a " + "@x " * 3_000 + "}", "directives"),
    "3,000 directives on the operation": ("query " + "@x " * 3_000 + "{ a }", "directives"),
    "400 overlapping fields": ("{" + "user { id } " * 400 + "}", "same_response_name"),
    "400 overlapping fragments": ("{ user {" + "... on User { id } " * 400 + "} }", "same_response_name"),
    "26 chained fragments": (chained_fragments(26), "same_response_name"),
    "60 chained fragments": (chained_fragments(60), "same_response_name"),
    "26 forked fragments": (forked_fragments(26), "aliases"),
    "200 fragments in a row": (CHAIN + "{ a }", "depth"),
    "an introspection bomb": (INTROSPECTION_BOMB, "introspection_lists"),
    "40 introspections": ("{" + fields(40, "s#: __schema { types { name } }") + "}", "aliases"),
    "lists of lists": ("{ users { friends { friends { friends { id } } } } }", "cost"),
    "a grid of grids": ("{ user { grid { grid { id } } } }", "cost"),
    "21 root fields": ("{ ...R ... { ...S } } " + TWO_FRAGMENTS, "root_fields"),
    "an operation not run": ("query A { a } query B {" + "a " * 50 + "}", "same_response_name"),
    "a fragment not used": ("{ a } fragment F on User {" + "name " * 50 + "}", "same_response_name"),
}


@pytest.mark.parametrize(("text", "limit"), ATTACKS.values(), ids=list(ATTACKS))
def test_an_attack_is_refused_in_little_time(text: str, limit: str) -> None:
    document = parse(text)
    found = check_limits(document, None, SCHEMA, LIMITS)
    assert found is not None
    assert found.limit == limit
    assert found.value > found.max
    spent_ms = least_cpu_ms(lambda: check_limits(document, None, SCHEMA, LIMITS), enough_ms=MAX_CPU_MS)
    assert spent_ms <= MAX_CPU_MS


@pytest.mark.parametrize("opening", ["{a", "{a(b:[", "{a(b:{c:", "query($a:[", '{a(b:"{") {a'])
def test_ten_thousand_levels_are_refused_before_parsing(opening: str) -> None:
    text = opening * 10_000
    found = check_text(text)
    assert found is not None
    assert found.limit == "depth"
    assert least_cpu_ms(lambda: check_text(text), enough_ms=MAX_CPU_MS) <= MAX_CPU_MS


def test_circular_fragments_end_and_are_left_to_validation() -> None:
    text = "{ user { ...A } } fragment A on User { best { ...B } } fragment B on User { ...A best { ...B } }"
    assert check(text) is None
    assert least_cpu_ms(lambda: check(text), enough_ms=MAX_CPU_MS) <= MAX_CPU_MS
    assert any("within itself" in error.message for error in validate(SCHEMA, parse(text)))


def test_a_fragment_inside_itself_ends() -> None:
    assert check("{ user { ...A } } fragment A on User { ...A id }") is None


@pytest.mark.parametrize(
    "text",
    [
        '{ a(b: "' + "{" * 500 + '") }',
        '{ a(b: """' + "{" * 500 + ' \\""" {""") }',
        "# " + "{" * 500 + "\n{ a }",
        '{ a(b: "\\"{{{{") }',
        "{ a(b: " + "[" * 60 + "]" * 60 + ") }",
        "{ user { id } } " * 100,
    ],
)
def test_brackets_in_strings_and_beside_each_other_do_not_nest(text: str) -> None:
    assert check_text(text) is None


@pytest.mark.parametrize(
    "text", ['"' * 64_000, '"""' + "\\" * 64_000, '"\\' * 32_000, "#" * 64_000, '""" "' * 12_000]
)
def test_reading_a_hostile_text_is_linear(text: str) -> None:
    assert least_cpu_ms(lambda: check_text(text), enough_ms=MAX_CPU_MS) <= MAX_CPU_MS


def test_a_document_within_the_limits_is_let_through() -> None:
    text = """
        query Q($x: Boolean!) { u: users { ...U friends @skip(if: $x) { id } } hit { ... on User { name } } }
        fragment U on User { name tags best { id } }
    """
    assert check(text) is None


def test_the_introspection_query_that_tools_send_is_let_through() -> None:
    assert (
        check(
            get_introspection_query(
                directive_is_repeatable=True, specified_by_url=True, input_value_deprecation=True
            )
        )
        is None
    )


@pytest.mark.parametrize(
    ("text", "within", "beyond"),
    [
        (deep(12), Limits(depth=12), Limits(depth=11)),
        ("{ x: a y: a }", Limits(aliases=2), Limits(aliases=1)),
        ("{ a hit { __typename } }", Limits(root_fields=2), Limits(root_fields=1)),
        ("query @a { ...F @b } fragment F on Query @c { a @d }", Limits(directives=4), Limits(directives=3)),
        ("{ user { ...F } node { id } } fragment F on User { id name }", Limits(fields=5), Limits(fields=4)),
        ("{ a ...F } fragment F on Query { a }", Limits(same_response_name=2), Limits(same_response_name=1)),
        ("{ user { id } }", Limits(cost=1), Limits(cost=0)),
        ("{ users { id tags best { id } } }", Limits(cost=20), Limits(cost=19)),
        ("{ user { grid { id } } }", Limits(cost=101), Limits(cost=100)),
        ("{ users { ...F } } fragment F on User { friends { id } }", Limits(cost=110), Limits(cost=109)),
        ("mutation { rename { id } drop }", Limits(cost=21), Limits(cost=20)),
        ("{ node { next { id } } hit { __typename } }", Limits(cost=3), Limits(cost=2)),
    ],
)  # fmt: skip
def test_each_limit_is_met_exactly(text: str, within: Limits, beyond: Limits) -> None:
    assert check(text, limits=within) is None
    found = check(text, limits=beyond)
    assert found is not None
    assert found.value == found.max + 1


def test_the_operation_to_run_is_reported_first() -> None:
    text = "query A { a a a } query B { x: a y: a }"
    limits = Limits(aliases=1, same_response_name=2)
    assert (check(text, "A", limits) or _none()).limit == "same_response_name"
    assert (check(text, "B", limits) or _none()).limit == "aliases"


def _none() -> OperationLimit:
    raise AssertionError("nothing was found")


def test_what_the_schema_lacks_is_left_to_validation() -> None:
    assert check("{ nope { nope } ...None ... on Nope { nope } } subscription { nope }") is None


def test_an_excess_is_an_operation_limit_with_its_facts() -> None:
    with pytest.raises(OperationRefused) as caught:
        refuse_excess(parse("{ x: a y: a }"), None, SCHEMA, Limits(aliases=1))
    assert caught.value.code == "OPERATION_LIMIT"
    assert caught.value.facts == {"limit": "aliases", "value": 2, "max": 1}
    refuse_excess(parse("{ a }"), None, SCHEMA, LIMITS)


def heaviest_documents() -> list[str]:
    """Documents at the edge of every limit, shaped to make validation compare as much as it can."""
    inner = "best {" + " ".join("id name tags best { id } " for _ in range(9)) + "} "
    wide = "{ user {" + inner * 9 + "} }"
    bushy = (
        "{ user {"
        + " ".join("...F" for _ in range(9))
        + "} } fragment F on User { best { best { best { id name } } } }"
    )
    return [wide, bushy, deep(12), chained_fragments(3)]


@pytest.mark.parametrize("text", heaviest_documents())
def test_validating_what_is_let_through_is_quick(text: str) -> None:
    document = parse(text, max_tokens=MAX_TOKENS)
    assert check_limits(document, None, SCHEMA, LIMITS) is None
    assert validate(SCHEMA, document) == []
    spent_ms = least_cpu_ms(lambda: validate(SCHEMA, document), enough_ms=MAX_VALIDATION_MS)
    assert spent_ms <= MAX_VALIDATION_MS
