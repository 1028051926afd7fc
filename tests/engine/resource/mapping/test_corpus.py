"""Every mapping of the published modules that the design refers to is understood, or cleanly refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    ArgumentNode,
    DirectiveNode,
    GraphQLSyntaxError,
    ObjectFieldNode,
    StringValueNode,
    ValueNode,
    Visitor,
    parse,
    visit,
)

from engine.resource.mapping import MappingSyntaxError, parse_selection

DATA = Path(__file__).parents[4].parent / "shared" / "data"
MODULES = sorted(DATA.rglob("*.graphql"))
MAPPINGS = {"selection", "body", "isSuccess", "message", "extensions"}
UNKNOWN_METHOD = "there is no method ->"  # two of the modules use one that the language never had


def mappings(text: str) -> Iterator[StringValueNode]:
    """What stands in @connect and @source in the places of mappings."""
    directives: list[DirectiveNode] = []

    class Find(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            if node.name.value in ("connect", "source"):
                directives.append(node)

    visit(parse(text), Find())
    return (value for node in directives for argument in node.arguments or () for value in _below(argument))


def _below(node: ArgumentNode | ObjectFieldNode) -> Iterator[StringValueNode]:
    value: ValueNode = node.value
    if isinstance(value, StringValueNode) and node.name.value in MAPPINGS:
        yield value
    for field in getattr(value, "fields", ()):
        yield from _below(field)


def refusal(text: str) -> str | None:
    try:
        parse_selection(text)
    except MappingSyntaxError as error:
        return error.message
    return None


def test_mappings_are_found_wherever_they_stand() -> None:
    text = """
    extend schema @source(name: "s", http: { baseURL: "" }, errors: { message: "a" }, isSuccess: "b")
    type Query { q: Int @connect(http: { POST: "/", body: "c" }, selection: "d") }
    """
    assert [node.value for node in mappings(text)] == ["a", "b", "c", "d"]


@pytest.mark.skipif(not MODULES, reason=f"there are no modules (*.graphql) in {DATA.name}/")
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_published_module_has_no_mapping_that_is_not_understood(module: Path) -> None:
    try:
        found = list(mappings(module.read_text(encoding="utf-8")))
    except GraphQLSyntaxError as error:
        pytest.skip(f"it is no SDL: {error.message}")
    refused = [refusal(node.value) for node in found]
    deviations = [why for why in refused if why is not None and not why.startswith(UNKNOWN_METHOD)]
    assert deviations == []
