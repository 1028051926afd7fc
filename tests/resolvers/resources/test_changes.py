"""The difference of two revisions, coordinate by coordinate."""

import pytest

from engine.problem import Problem
from engine.resource.model import Registry
from engine.resource.sdl import compose, parse_module
from resolvers.resources.changes import changes_between

BEFORE = """
type Query { items(first: Int): [Item] @value(const: []) one: Thing @value(const: null) }
type Item { id: ID! name: String size: Size tags: [String] }
interface Named { name: String }
type Other { id: ID }
union Thing = Item | Other
enum Size { S M }
input Filter { text: String }
"""


def registry_of(text: str) -> Registry:
    module = parse_module("m", text)
    assert not isinstance(module, Problem)
    composition = compose((module,))
    assert composition.registry is not None, composition.problems
    return composition.registry


@pytest.mark.parametrize(
    ("old", "new", "coordinate", "kind", "breaking"),
    [
        (" tags: [String] ", " ", "Item.tags", "FIELD_REMOVED", True),
        ("name: String size", "name: Int size", "Item.name", "FIELD_CHANGED_KIND", True),
        ("items(first: Int)", "items", "Query.items(first:)", "ARG_REMOVED", True),
        ("items(first: Int)", "items(first: Int, q: ID!)", "Query.items(q:)", "REQUIRED_ARG_ADDED", True),
        ("items(first: Int)", "items(first: Int, q: ID)", "Query.items(q:)", "OPTIONAL_ARG_ADDED", False),
        ("enum Size { S M }", "enum Size { S }", "Size.M", "VALUE_REMOVED_FROM_ENUM", True),
        ("enum Size { S M }", "enum Size { S M L }", "Size.L", "VALUE_ADDED_TO_ENUM", False),
        ("union Thing = Item | Other", "union Thing = Item", "Thing", "TYPE_REMOVED_FROM_UNION", True),
        ("type Item {", "type Item implements Named {", "Item", "IMPLEMENTED_INTERFACE_ADDED", False),
        ("{ text: String }", "{ text: String more: ID! }", "Filter.more", "REQUIRED_INPUT_FIELD_ADDED", True),
        ("input Filter { text: String }", "", "Filter", "TYPE_REMOVED", True),
        ("input Filter { text: String }", "type Filter { text: ID }", "Filter", "TYPE_CHANGED_KIND", True),
    ],
)
def test_a_change_is_told_with_its_coordinate(
    old: str, new: str, coordinate: str, kind: str, breaking: bool
) -> None:
    changed = BEFORE.replace(old, new)
    assert changed != BEFORE
    changes = changes_between(registry_of(BEFORE), registry_of(changed))
    assert (coordinate, kind, breaking) in [(c.coordinate, c.kind, c.breaking) for c in changes]


def test_breaking_changes_come_first() -> None:
    changed = BEFORE.replace(" tags: [String] ", " ").replace("{ S M }", "{ S M L }")
    changes = changes_between(registry_of(BEFORE), registry_of(changed))
    assert [change.breaking for change in changes] == [True, False]


def test_the_same_schema_has_no_changes() -> None:
    assert changes_between(registry_of(BEFORE), registry_of(BEFORE + "# a remark")) == ()


def test_what_stays_inaccessible_does_not_count() -> None:
    hidden = BEFORE.replace("tags: [String]", "tags: [String] @inaccessible")
    gone = BEFORE.replace("tags: [String]", "")
    assert changes_between(registry_of(hidden), registry_of(gone)) == ()
