"""Access rules that cannot hold, are got around, or stand where they mean nothing."""

from engine.problem import Severity
from engine.resource.model import Module
from engine.resource.sdl import compose, parse_module
from tests.sdl_problems import errors_of, problems_of

T = "type Query { t: T @value(const: { a: 1, secret: 2 }) }\n"


def test_a_field_cannot_be_hidden_by_a_condition() -> None:
    sdl = T + "type T { a: Int @access(when: \"context.channel == 'web'\", onDeny: HIDE) secret: Int }"
    (error,) = errors_of(sdl)
    assert "HIDE_NOT_STATIC a field is hidden before anything is known of the object" in error


def test_a_refused_caller_cannot_get_null_where_a_value_must_be() -> None:
    sdl = T + 'type T { a: Int! @access(roles: ["x"], onDeny: NULL) secret: Int }'
    (error,) = errors_of(sdl)
    assert "NULL_ON_NON_NULL T.a is Int!, so a refused caller cannot get null" in error


def test_a_rule_that_gets_around_another_is_a_warning() -> None:
    sdl = (
        T
        + 'type T { secret: Int @access(roles: ["agent"])\n'
        + '  a: Int @access(roles: ["x"]) @value(expr: "this.secret") }'
    )
    (problem,) = problems_of(sdl)
    assert (problem.severity, problem.code, problem.line) == (Severity.WARNING, "ACCESS_WIDENED", 3)
    assert "those of T.secret, which it is made of, do not hold for it" in problem.message


def test_a_rule_that_asks_as_much_gets_around_nothing() -> None:
    rule = '@access(roles: ["agent"])'
    sdl = T + f'type T {{ secret: Int {rule} a: Int {rule} @authenticated @value(expr: "this.secret") }}'
    assert problems_of(sdl) == ()


RIDES = T + 'extend schema @owner(unit: "rides")\ntype T { a: Int secret: Int @inaccessible }'
CARE = 'extend schema @owner(unit: "care")\nextend type T { b: Int @value(expr: "this.secret + 1") }'


def test_another_units_guarded_field_cannot_be_read() -> None:
    assert errors_of(RIDES, CARE) == [
        "b:2:17 FOREIGN_GUARDED T.b reads T.secret, which is @inaccessible and belongs to the unit 'rides'"
        " | Ask 'rides' for a field that may be read, or have an admin publish this module"
    ]
    assert errors_of(RIDES, CARE.replace("care", "rides")) == []
    assert errors_of(RIDES, CARE.replace("this.secret", "this.a")) == []


def test_an_admin_may_publish_what_reads_another_units_guarded_field() -> None:
    modules = [parse_module("a", RIDES), parse_module("b", CARE, trusted=True)]
    composition = compose([module for module in modules if isinstance(module, Module)])
    assert composition.registry is not None
    assert [(p.code, p.severity) for p in composition.problems] == [("FOREIGN_GUARDED", Severity.WARNING)]


def test_a_rule_on_an_interface_field_is_refused() -> None:
    sdl = (
        'type Query { p: Pet @value(const: { __typename: "Cat" }) }\n'
        "interface Pet { name: String @authenticated }\n"
        "type Cat implements Pet { name: String @value(const: null) }"
    )
    assert errors_of(sdl) == [
        "a:2:30 INTERFACE_DIRECTIVE @authenticated on a field of the interface Pet would hold for no type"
        " | Write it on 'name' of each type that implements Pet"
    ]


def test_a_rule_on_a_root_type_is_refused() -> None:
    (error,) = errors_of("type Query @authenticated { a: Int @value(const: 1) }")
    assert error.startswith("a:1:12 ROOT_DIRECTIVE @authenticated cannot stand on Query")


def test_what_an_interface_promises_cannot_be_left_out() -> None:
    sdl = (
        'type Query { p: Pet @value(const: { __typename: "Cat" }) }\n'
        "interface Pet { name: String }\n"
        "type Cat implements Pet { name: String @value(const: null) @inaccessible n: Int @value(const: 1) }"
    )
    (error,) = errors_of(sdl)
    assert "a:3:27 INTERFACE_HIDDEN Cat.name cannot be left out of a schema: 'Pet' promises it" in error


def test_a_field_whose_type_clients_do_not_see_is_told() -> None:
    sdl = T + "type T { a: Int @inaccessible secret: Int @inaccessible }"
    (problem,) = problems_of(sdl)
    assert (problem.severity, problem.code, problem.path) == (
        Severity.WARNING,
        "TYPE_INACCESSIBLE",
        "Query.t",
    )
