"""Describing an operation says which of its fields a flow is not given, by the unit it would run as."""

import pytest

from engine.flow.model import Call
from engine.problem import Severity
from engine.resource.model import Module, Registry
from engine.resource.sdl import compose, parse_module
from tests.platform.opened import PLATFORM, describing

SDL = """
extend schema @owner(unit: "rides")
type Query {
  roles: Int @value(const: 1) @access(roles: ["boss"])
  served: Int @value(const: 1) @access(roles: ["service"])
  scopes: Int @value(const: 1) @requiresScopes(scopes: [["a"]])
  app: Int @value(const: 1) @access(channels: ["app"])
  unit: Int @value(const: 1) @access(when: "'rides' in context.units")
  owner: Int @value(const: 1) @access(when: "context.claims.onBehalfOf == 'li'")
  open: Open @value(const: {})
  kept: Kept @value(const: {})
}
type Open { boss: Int @value(const: 1) @access(roles: ["boss"]) made: Int @value(expr: "this.boss + 1") }
type Kept @access(roles: ["boss"]) { id: Int @value(const: 1) }
"""


def registry() -> Registry:
    module = parse_module("bikes", SDL, {}, trusted=True)
    assert isinstance(module, Module), module
    found = compose((module,), PLATFORM)
    assert found.registry is not None, found.problems
    return found.registry


def denied(query: str, *units: str) -> list[str]:
    found = describing(registry())(Call(query=query), units=units).problems
    assert all((one.code, one.severity) == ("FIELD_NOT_ACCESSIBLE", Severity.WARNING) for one in found)
    return [one.message.partition(" ")[0] for one in found]


@pytest.mark.parametrize(
    ("query", "coordinates"),
    [
        ("{ roles }", ["Query.roles"]),
        ("{ open { made } }", ["Open.boss"]),
        ("{ scopes app }", ["Query.app", "Query.scopes"]),
        ("{ kept { id } }", ["Kept"]),
        (
            "query ($no: Boolean!) { roles @skip(if: $no) app @include(if: $no) }",
            ["Query.app", "Query.roles"],
        ),
        ("{ served unit owner }", []),
    ],
)
def test_a_rule_that_the_service_fails_is_a_warning(query: str, coordinates: list[str]) -> None:
    assert denied(query, "rides") == coordinates


def test_a_rule_may_be_about_the_unit() -> None:
    assert denied("{ unit }", "care") == ["Query.unit"]
    assert denied("{ unit }", "care", "rides") == []


def test_without_a_unit_or_with_all_of_them_nothing_is_said() -> None:
    assert denied("{ roles }") == denied("{ roles }", "*") == []
