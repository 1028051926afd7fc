"""Composing as a whole: every code of reading a document, with its place and suggestion, all at once."""

import pytest

from engine.problem import Problem, Severity
from engine.resource.model import Module
from engine.resource.sdl import Platform, compose, parse_module
from tests.sdl_problems import SHOP, codes_of, errors_of

A = 'type Query { a: Int @connect(source: "shop", http: { GET: "/a" }, selection: "$.a") }\n'
C = '@connect(source: "shop", http: { GET: "/b" }, selection: "$.b"'


def test_a_document_that_does_not_parse_is_one_problem_with_its_place() -> None:
    problem = parse_module("a", "type Query {\n  a: }")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.module, problem.line, problem.column) == ("SYNTAX", "a", 2, 6)


@pytest.mark.parametrize(
    ("sdl", "error"),
    [
        (
            "type Query { b: Srting @value(const: 1) }",
            "a:2:17 UNKNOWN_TYPE Unknown type 'Srting'. | Did you mean 'String'?",
        ),
        (
            "type Query { b: Int @vlaue(const: 1) }",
            "a:2:21 UNKNOWN_DIRECTIVE Unknown directive '@vlaue'. | Did you mean '@value'?",
        ),
        (
            "type Query { b: Int @value(cosnt: 1) }",
            "a:2:28 UNKNOWN_ARGUMENT Unknown argument 'cosnt' on directive '@value'. | Did you mean 'const'?",
        ),
        ("type Query { b: Int @value(const: 1) b: Int }", "a:2:38 DUPLICATE_FIELD"),
        ("type T { i: Int } type T { j: Int }", "a:2:24 DUPLICATE_TYPE type 'T' is defined in module 'a'"),
        ("type String { i: Int }", "a:2:6 RESERVED_NAME type 'String' belongs to the platform"),
        (
            "type Query { __x: Int @value(const: 1) }",
            "a:2:14 RESERVED_NAME Query.__x belongs to the platform",
        ),
        ("query { a }", "a:2:1 UNEXPECTED_DEFINITION"),
        (f"type Query {{ b: Int {C} onError: DEFAULT) }}", "a:2:21 DEFAULT_FORM"),
        ("type Query { b: Int @value }", "a:2:21 VALUE_FORM @value takes either 'const' or 'expr'"),
        (
            'type Query { b: Int @connect(source: "shpo", http: { GET: "/b" }, selection: "$.b") }',
            "a:2:38 UNKNOWN_SOURCE this module has no source 'shpo' | Did you mean 'shop'?",
        ),
        (
            'type Query { b: Int @connect(source: "shop", http: { GET: "/", PUT: "/b" }, selection: "$.b") }',
            "a:2:52 METHOD_FORM http takes exactly one of GET, POST, PUT, PATCH, DELETE",
        ),
        ('type Query { b: Int @connect(source: "shop", selection: "$.b") }', "a:2:21 MISSING_ARGUMENT"),
        (f"type Query {{ b: Int {C} onError: NUL) }}", "a:2:93 BAD_ARGUMENT"),
        (
            "type Query { b: Int @cost(weight: -1) @value(const: 1) }",
            "a:2:21 COST_INVALID weight is a number from 0 to 100000",
        ),
        (
            "type Query { b: Int @listSize(assumedSize: 5) @value(const: 1) }",
            "a:2:21 LIST_SIZE_INVALID the field is no list | name the lists below it in sizedFields",
        ),
        (
            'type Query { b(first: Int): [Int] @listSize(slicingArguments: ["frist"]) @value(const: []) }',
            "a:2:35 LIST_SIZE_INVALID slicingArguments: there is no argument 'frist' | Did you mean 'first'?",
        ),
        ('type Query { b: Int @value(expr: "1 +") }', "a:2:38 EXPR_SYNTAX"),
        ("interface I { i: Int } type T implements I { j: Int @value(const: 1) }", "a:2:24 INVALID_SCHEMA"),
        ("union U = Int", "a:2:11 INVALID_SCHEMA"),
        ("type T", "a:2:1 INVALID_SCHEMA Type T must define one or more fields."),
        ("type Subscription { b: Int @value(const: 1) }", "a:2:21 NOT_SUPPORTED subscriptions"),
        (f"type Query {{ b: Int @value(const: 1) {C}) }}", "a:2:21 VALUE_FORM 'Query.b' has both"),
    ],
)
def test_a_mistake_is_one_problem_at_its_place(sdl: str, error: str) -> None:
    errors = errors_of(SHOP.strip() + "\n" + sdl + "\n" + A)
    assert len(errors) == 1, errors
    assert errors[0].startswith(error)


def test_all_problems_are_reported_at_once() -> None:
    sdl = (
        SHOP
        + 'type Query { a: Itn @value(const: 1) b: Int @connect(source: "sh", http: {}, selection: "(") }'
    )
    assert codes_of(sdl) == ["UNKNOWN_TYPE", "UNKNOWN_SOURCE", "METHOD_FORM", "SELECTION_SYNTAX"]


def test_no_modules_compose_to_nothing() -> None:
    composition = compose([])
    assert composition.problems == ()
    assert composition.registry is not None


class Refuses:
    """A guard as the gateway's: says no to one host."""

    code = "EGRESS_BLOCKED"
    message = "The host leads to a private or reserved address."
    severity = Severity.ERROR

    def check_literal(self, url: str, *, source: str | None = None) -> "Refuses | None":
        return self if url == "http://10.0.0.1" and source in ("a/inside", "a/Query.b") else None


def test_addresses_that_may_not_be_called_are_refused_when_a_guard_judges_them() -> None:
    sdl = (
        'extend schema @source(name: "inside", http: { baseURL: "http://10.0.0.1/x" })\n'
        'type Query { a: Int @connect(source: "inside", http: { GET: "/a" }, selection: "$.a")\n'
        '  b: Int @connect(http: { GET: "http://10.0.0.1/{$args.a}" }, selection: "$.a")\n'
        '  c: Int @connect(http: { GET: "http://{$config.host}/c" }, selection: "$.a") }'
    ).replace("b: Int", "b(a: ID): Int")
    guarded = errors_of(sdl, platform=Platform(guard=Refuses()))
    assert [error.split()[:2] for error in guarded] == [
        ["a:1:56", "EGRESS_BLOCKED"],
        ["a:3:40", "EGRESS_BLOCKED"],
    ]
    assert errors_of(sdl) == []


def test_the_revision_tells_nothing_of_secrets() -> None:
    sdl = 'type Query { hello: String @value(const: "hi") }'
    revisions: set[str] = set()
    for secret in ("one", "two"):
        module = parse_module("greeting", sdl, {"key": secret})
        assert isinstance(module, Module)
        registry = compose([module]).registry
        assert registry is not None
        revisions.add(registry.revision)
    assert len(revisions) == 1


def test_a_type_named_as_an_input_of_a_directive_is_reported_and_nothing_breaks() -> None:
    sdl = """
type Query { t: RateLimit @connect(selection: "i", http: { GET: "http://s.test" }) }
type RateLimit { i: Int }
"""
    assert "RESERVED_NAME type 'RateLimit' belongs to the platform" in "".join(errors_of(sdl))
