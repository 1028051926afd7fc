"""What is called plainly valid is valid, on random documents with random mistakes in them."""

import re
from collections import Counter
from random import Random

import pytest
from graphql import (
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    build_schema,
    parse,
    specified_rules,
    validate,
)

from schema.plain import is_plainly_valid

DOCUMENTS = 1_000
LEAST = 20  # of each verdict
_RULES = [*specified_rules, NoSchemaIntrospectionCustomRule]
_SCHEMA = build_schema("""
  interface Named { name: String!  near(at: Int): Named }
  type Pet implements Named {
    name: String!  near(at: Int): Named  age(unit: Unit! = YEAR): Int  owner: Person
  }
  type Person implements Named { name: String!  near(at: Int): Named  pets(first: Int!, ids: [ID!]): [Pet!]! }
  type Stone { name: String  age: Float! }
  union Any = Pet | Person
  enum Unit { YEAR MONTH }
  input Place { name: String! }
  type Query {
    pet(id: ID!): Pet  any(at: Place): Any  named: [Named]  stone: Stone  people(first: Int): [Person]
  }
  type Mutation { adopt(id: ID!, age: Float): Pet }
""")
_ASKED = {
    "Query": (
        "pet(id: ID) {Pet}",
        "any {Any}",
        "named {Named}",
        "stone {Stone}",
        "people(first: INT) {Person}",
    ),
    "Mutation": ("adopt(id: ID) {Pet}", "adopt(id: ID, age: 1.5) {Pet}"),
    "Named": ("name", "near(at: INT) {Named}", "near {Named}", "__typename"),
    "Pet": ("name", "age", "age(unit: MONTH)", "owner {Person}", "__typename"),
    "Person": ("name", "near {Named}", "pets(first: 3) {Pet}", "pets(first: INT, ids: ID) {Pet}"),
    "Stone": ("name", "age"),
    "Any": ("__typename",),
}  # fields of each type; ID and INT stand for values, what is in braces for a selection
_OVERLAPPING = {"Named": ("Pet", "Person", "Any"), "Any": ("Pet", "Person", "Named")}
_VALUES = {"ID": ('"a"', "7", "$id", "$id"), "INT": ("7", "null", "$int", "$int")}
_STRAY = {
    "name": (
        "name",
        "age",
        "pets",
        "first",
        "id",
        "nothing",
        "__typename",
        "__schema",
        "Stone",
        "Query",
        "on",
        "F0",
    ),
    "literal": (
        "1",
        "2.5",
        '"a"',
        "true",
        "null",
        "YEAR",
        "[1]",
        "{ name: 1 }",
        "$int",
        "$id",
        "$none",
        "99999999999",
    ),
    "anything": (
        "x: name",
        "@skip(if: true)",
        "@include(if: $flag)",
        "@skip",
        "@none",
        "... on Pet { name }",
        "...F0",
    ),
}
_TOKEN = re.compile(r'"[^"]*"|\.\.\.|[$@]?\w+(?:\.\d)?|[^\s,]')


class Writer:
    """One random document, nearly always valid."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.fragments: dict[str, str] = {}

    def document(self) -> str:
        root = self.rng.choice(("Query", "Query", "Query", "Mutation"))
        selection = self.selection(root, 4)
        below = "".join(f"\n{text}" for text in self.fragments.values())
        declared = [f"{use}: {type_}" for use, type_ in _VARIABLES if use in selection + below]
        head = f"({', '.join(declared)})" if declared else ""
        return f"{root.lower()} Q{head} {selection}{below}"

    def selection(self, type_name: str, depth: int) -> str:
        fields = [self.field(type_name, depth) for _ in range(self.rng.choice((1, 2, 3)))]
        return (
            "{ " + " ".join(dict.fromkeys(filter(None, fields))) + " }" if any(fields) else "{ __typename }"
        )

    def field(self, type_name: str, depth: int) -> str:
        rng = self.rng
        if depth and rng.random() < 0.25:
            on = rng.choice((type_name, *_OVERLAPPING.get(type_name, ())))
            return self.fragment(on, self.selection(on, depth - 1)) + " "
        text = rng.choice(_ASKED[type_name])
        if not depth and "{" in text:
            return ""
        for kind, values in _VALUES.items():
            text = text.replace(f": {kind}", f": {rng.choice(values)}")
        head, _, below = text.partition(" {")
        alias = f"{rng.choice('abcdefghij')}: " if rng.random() < 0.5 else ""
        condition = rng.choice(("", "", "", "", " @skip(if: $flag)", " @include(if: true)"))
        return f"{alias}{head}{condition}" + (f" {self.selection(below[:-1], depth - 1)}" if below else "")

    def fragment(self, on: str, selection: str) -> str:
        if self.rng.random() < 0.5:
            return f"... on {on} {selection}"
        name = f"F{len(self.fragments)}"
        self.fragments[name] = f"fragment {name} on {on} {selection}"
        return f"...{name}"


_VARIABLES = (("$id", "ID!"), ("$int", "Int"), ("$flag", "Boolean! = true"))


def with_mistake(rng: Random, text: str) -> str:
    """The text with one token that is gone, doubled, or taken for another."""
    tokens: list[str] = _TOKEN.findall(text)
    at = rng.randrange(len(tokens))
    token = tokens[at]
    if rng.random() < 0.2:
        tokens.insert(at, rng.choice(_STRAY["anything"]))
    elif token.isidentifier():
        others = [one for one in tokens if one.isidentifier()]
        tokens[at] = rng.choice((*others, *_STRAY["name"], ""))
    elif token[0] in '$"' or token[0].isdigit():
        tokens[at] = rng.choice(_STRAY["literal"])
    else:
        tokens[at] = rng.choice((token, token, token * 2, ""))
    return " ".join(tokens)


def verdict(text: str) -> str:
    """What became of a document; fails where an invalid one is called plainly valid."""
    try:
        document = parse(text)
    except GraphQLError:
        return "no document"
    errors = validate(_SCHEMA, document, _RULES)
    plain = is_plainly_valid(_SCHEMA, document)
    assert not (plain and errors), f"{errors[0].message}\n{text}"
    return "plainly valid" if plain else "invalid" if errors else "valid, not plainly"


def test_no_document_with_a_mistake_is_called_plainly_valid() -> None:
    seen: Counter[str] = Counter()
    for number in range(DOCUMENTS):
        rng = Random(number)
        text = Writer(rng).document()
        for _ in range(rng.choice((0, 1, 1, 2))):
            text = with_mistake(rng, text)
        seen[verdict(text)] += 1
    assert len(seen) == 4
    assert min(seen.values()) >= LEAST, seen


@pytest.mark.parametrize(
    "text",
    [
        "{ people(first: 2) { name pets(first: 1) { name age(unit: MONTH) } } }",
        "query($id: ID! = 7) { pet(id: $id) { ...A near { ...A } } } fragment A on Named { name name }",
        "mutation($yes: Boolean!) { adopt(id: 3) @include(if: $yes) { ... on Named { name } ... { age } } }",
        "{ any { __typename ... on Pet { name } } named { ... on Any { ... on Person { name } } } }",
    ],
)
def test_what_clients_usually_send_is_plainly_valid(text: str) -> None:
    assert verdict(text) == "plainly valid"
