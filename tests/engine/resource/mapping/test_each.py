"""Items mapped all at once are as each of them is mapped alone."""

import pytest

from engine.resource.mapping import Issues, parse_selection

PLAIN: list[object] = [{"a": 1, "b": {"c": 2}}, {"a": None, "b": {"c": [3]}}]
ODD: list[object] = [*PLAIN, {"a": 1}, {}, None, "text", 7, [], [{"a": 1, "b": {"c": 2}}], {"a": 1, "b": "x"}]


@pytest.mark.parametrize("items", [PLAIN, ODD, []], ids=["plain", "odd", "none"])
@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a b { c }",
        "x: a y: b.c",
        "x: a?",
        "a inner: { x: a deeper: { y: b.c } }",
        "inner: { x: a upper: a->map(@) }",
        "a ...b { c }",
        "given: $args.id",
        "$",
    ],
)
def test_each_item_is_mapped_as_it_is_alone(text: str, items: list[object]) -> None:
    selection, variables = parse_selection(text), {"$args": {"id": "i"}}
    one = selection.compile()
    expected = [one(item, variables, Issues()) for item in items]
    assert selection.compile_each()(items, variables) == expected


def test_objects_of_two_items_are_never_the_same_one() -> None:
    item: dict[str, object] = {"a": 1}
    first, second = parse_selection("a inner: { x: a }").compile_each()([item, item], {})
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first is not second
    assert first["inner"] is not second["inner"]
