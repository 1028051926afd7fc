"""Rules that run as one find what they find one by one."""

import pytest
from graphql import NoSchemaIntrospectionCustomRule, build_schema, parse, specified_rules, validate

from schema.validation import MAX_VALIDATION_ERRORS, validate_document

_SCHEMA = build_schema("""
  interface Named { name: String! }
  type Pet implements Named { name: String! owner(at: When, ids: [Int!], note: String): Person age: Int }
  type Person implements Named { name: String! pets(first: Int! = 5, kind: Kind): [Pet!]! }
  union Any = Pet | Person
  enum Kind { CAT DOG }
  input When { year: Int! note: String }
  type Query { pet(id: ID!): Pet any: Any named: Named people: [Person] }
  type Subscription { ticks: Int  tocks: Int }
""")
_DOCUMENTS = (
    "{ people { name pets { age owner { name } } } any { ... on Pet { age } } }",
    "query A($id: ID!, $year: Int!) { pet(id: $id) { owner(at: { year: $year }, ids: [1, 2]) { name } } }",
    "{ pet { age { x } owner nothing } people }",
    '{ pet(id: "1", id: "2", no: 3) { owner(at: { note: 4, note: 5, x: null }, ids: [1, "a"]) { name } } }',
    "{ pet(id: 1) { age age: name } } { people { name } } query A { pet { name } } query A { any { name } }",
    "query($a: Int, $a: Person, $b: When) { pet(id: $a) { age } people { pets(first: $c, kind: NO) } }",
    "{ people @skip @include(if: 3) @skip(if: true) @skip(if: false) @none { name @deprecated } }",
    "{ ...A ...None } fragment A on Person { ...B } fragment B on Any { ...A } fragment C on Kind { name }",
    "fragment A on Query { people { name } } fragment A on Query { any { ... on Query { any { x } } } }",
    "subscription { ticks tocks } mutation { nothing } type Extra { a: Int }",
    "{ __schema { types { name } } people { __typename pets { __type } } __type(name: 1) { name } }",
    "{ " + " ".join(f"unknown{number}" for number in range(30)) + " }",
)


@pytest.mark.parametrize("introspection", [True, False])
@pytest.mark.parametrize("suggestions", [True, False])
@pytest.mark.parametrize("text", _DOCUMENTS)
def test_rules_together_find_what_they_find_side_by_side(
    text: str, *, introspection: bool, suggestions: bool
) -> None:
    document = parse(text)
    rules = [*specified_rules] if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]

    found = validate_document(_SCHEMA, document, introspection=introspection, suggestions=suggestions)

    expected = validate(
        _SCHEMA, document, rules, max_errors=MAX_VALIDATION_ERRORS, hide_suggestions=not suggestions
    )
    assert [error.formatted for error in found] == [error.formatted for error in expected]


def test_the_documents_break_most_rules_and_some_break_none() -> None:
    broken = [
        rule for rule in specified_rules if any(validate(_SCHEMA, parse(text), [rule]) for text in _DOCUMENTS)
    ]

    assert len(broken) >= 26  # the rest is about directives that this schema lacks
    assert not validate(_SCHEMA, parse(_DOCUMENTS[0]))
    assert not validate(_SCHEMA, parse(_DOCUMENTS[1]))
