"""What holds for every mapping and every answer."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.resource.mapping import (
    Issues,
    MappingSyntaxError,
    Needs,
    ObjectShape,
    Selection,
    Shape,
    alternatives,
    generate,
    parse_selection,
)
from tests.engine.resource.mapping.texts import ANSWERS, KEYS, MAPPINGS, VARIABLES

NEEDS: st.SearchStrategy[Needs] = st.recursive(
    st.dictionaries(KEYS, st.none(), max_size=3),
    lambda inner: st.dictionaries(KEYS, st.none() | inner, max_size=3),
    max_leaves=6,
)


def parse(text: str) -> Selection | None:
    try:
        return parse_selection(text)
    except MappingSyntaxError:  # a random merge may have unknown keys, random copies may be too many
        return None


def prune(value: object, needs: Needs | None) -> object:
    if needs is None:
        return value
    if isinstance(value, list):
        return [prune(item, needs) for item in value]
    if isinstance(value, dict):
        return {key: prune(each, needs[key]) for key, each in value.items() if key in needs}
    return value


def fits(value: object, shape: Shape) -> bool:
    """Whether a value, or every item of a list, is of a shape; one handed on untouched fits any."""
    if isinstance(value, list):
        return all(fits(item, shape) for item in value)
    objects = [each for each in alternatives(shape) if isinstance(each, ObjectShape)]
    if not isinstance(value, dict) or len(objects) < len(alternatives(shape)):
        return True
    return any(
        value.keys() <= each.fields.keys() and all(fits(value[key], each.fields[key].shape) for key in value)
        for each in objects
    )


@settings(max_examples=400, deadline=None)
@given(text=MAPPINGS, answer=ANSWERS)
def test_no_mapping_raises_or_changes_its_answer_and_all_give_json(text: str, answer: object) -> None:
    selection = parse(text)
    if selection is None:
        return
    before = copy.deepcopy(answer)

    mapped = selection.compile()(answer, VARIABLES, Issues())
    selection.compile(omit_missing=True)(answer, VARIABLES, Issues())
    items, one = selection.split_items() if "$n" not in text else (None, selection)

    json.dumps(mapped, allow_nan=False)
    assert answer == before
    assert fits(mapped, selection.shape)
    if items is not None:
        one.compile()(items(answer, VARIABLES, Issues()), VARIABLES, Issues())


@settings(max_examples=400, deadline=None)
@given(text=MAPPINGS, answer=ANSWERS, needs=NEEDS)
def test_making_only_what_is_needed_equals_making_all_and_pruning(
    text: str, answer: object, needs: Needs
) -> None:
    selection = parse(text)
    if selection is None:
        return

    full = selection.compile()(answer, VARIABLES, Issues())
    pruned = selection.compile(needs)(answer, VARIABLES, Issues())

    assert prune(pruned, needs) == prune(full, needs)


@settings(max_examples=200, deadline=None)
@given(answer=ANSWERS, needs=NEEDS)
def test_braces_make_nothing_that_is_not_needed(answer: object, needs: Needs) -> None:
    text = "a b { a b { c d } } c: d { a: $ } d: { a, b: $.a.b->first { c } }"
    selection = parse_selection(text)
    answer = {"a": 1, "b": answer, "c": 1, "d": answer}

    pruned = selection.compile(needs)(answer, VARIABLES, Issues())

    assert isinstance(pruned, dict)
    assert pruned.keys() == {key for key in needs if key in "abcd"}
    assert list(pruned) == sorted(pruned)


@settings(max_examples=400, deadline=None)
@given(text=MAPPINGS, answer=ANSWERS)
def test_wide_objects_are_made_as_narrow_ones_are(text: str, answer: object) -> None:
    selection, again = parse(text), parse(text)
    if selection is None or again is None:
        return
    narrow, wide = Issues(), Issues()

    made = selection.compile()(answer, VARIABLES, narrow)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generate, "MAX_GENERATED", 0)
        made_wide = again.compile()(answer, VARIABLES, wide)

    assert json.dumps(made_wide) == json.dumps(made)  # the order of keys too
    assert wide.details == narrow.details


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from("ab$@.,:(){}[]?!->'\"#1 \\\n"), max_size=30))
def test_any_text_is_parsed_or_refused_at_a_place_within_it(text: str) -> None:
    lines = text.split("\n")
    line, column = place_of_refusal(text)

    assert 1 <= line <= len(lines)
    assert 1 <= column <= len(lines[line - 1]) + 1


def place_of_refusal(text: str) -> tuple[int, int]:
    try:
        parse_selection(text)
    except MappingSyntaxError as refusal:
        return refusal.line, refusal.column
    return 1, 1
