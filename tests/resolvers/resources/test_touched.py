"""Which fields a publish touches: by what clients rely on, not by how a field is fetched."""

import pytest

from engine.resource.model import Module, Registry
from engine.resource.sdl import compose, parse_module
from resolvers.resources.touched import fields_about, touched_fields
from tests.platform.opened import PLATFORM

BEFORE = """
extend schema @owner(unit: "rides") @source(name: "api", http: { baseURL: "http://127.0.0.1:9001" })
type Query {
  bike(id: ID!, as: Look): Bike @connect(source: "api", http: { GET: "/bike/{$args.id}" }, selection: "id")
  mode: Mode @value(const: "ON")
  named: String @value(const: "x")
}
type Bike { id: ID! tag: String @value(const: "a") secret: Int @value(const: 1) @inaccessible }
input Look { deep: Deep }
input Deep { note: String }
enum Mode { ON OFF }
"""


def registry(text: str) -> Registry:
    module = parse_module("bikes", text, {}, trusted=True)
    assert isinstance(module, Module), module
    found = compose((module,), PLATFORM)
    assert found.registry is not None, found.problems
    return found.registry


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("/bike/{$args.id}", "/bikes/{$args.id}", set[str]()),
        ("type Bike {", '"a bicycle" type Bike {', set[str]()),
        ("tag: String @", "mark: String @", {"Bike.tag"}),
        ("tag: String @", "tag: String! @", {"Bike.tag"}),
        ("tag: String @", 'tag: String @deprecated(reason: "no") @', {"Bike.tag"}),
        ("tag: String @", 'tag: String @access(roles: ["boss"]) @', {"Bike.tag"}),
        (" @inaccessible", "", {"Bike.secret"}),
        ("id: ID!, as: Look", "id: ID!, as: Look, more: Int", {"Query.bike"}),
        ("note: String", "note: Int", {"Query.bike"}),
        ("ON OFF", "ON", {"Query.mode"}),
        ("type Bike {", "type Bike @authenticated {", {"Query.bike", "Bike.id", "Bike.tag", "Bike.secret"}),
    ],
)
def test_a_change_touches_the_fields_that_mean_something_else(old: str, new: str, touched: set[str]) -> None:
    assert BEFORE.count(old) == 1
    assert touched_fields(registry(BEFORE), registry(BEFORE.replace(old, new))) == touched


@pytest.mark.parametrize(
    ("coordinate", "fields"),
    [
        ("Bike.tag", {"Bike.tag"}),
        ("Query.bike(id:)", {"Query.bike"}),
        ("Deep.note", {"Query.bike"}),
        ("Mode.OFF", {"Query.mode"}),
        ("Bike", {"Query.bike"}),
    ],
)
def test_a_coordinate_is_about_the_fields_that_give_or_take_it(coordinate: str, fields: set[str]) -> None:
    assert fields_about(registry(BEFORE), coordinate) == fields
