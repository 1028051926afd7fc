"""What a person mistypes in the demo's modules is reported, whatever it is; nothing makes composing raise."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.problem import Severity
from engine.resource.model import Module, Registry
from engine.resource.sdl import compose, parse_module
from tests.sdl_edits import KINDS, Edit, swapped_types

FOLDER = Path(__file__).parents[4] / "examples" / "rides" / "resources"
TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.graphql"))}
TOKENS = {name: [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)] for name, text in TEXTS.items()}
FEW = 12  # places of a kind that are tried; all of them where PAIFANG_EVERY_EDIT is set (a minute)

GUIDE = Path(__file__).parents[4] / "docs" / "resources.md"
SURVIVORS = {  # as the guide tells them to those who write modules, with the reason
    f"type of {coordinate}"
    for coordinate in re.findall(
        r"^\| another type for `(\S+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE
    )
}


def errors_of(texts: dict[str, str]) -> list[str]:
    modules = [parse_module(name, text) for name, text in texts.items()]
    broken = [module.code for module in modules if not isinstance(module, Module)]
    if broken:
        return broken
    problems = compose([module for module in modules if isinstance(module, Module)]).problems
    return [problem.code for problem in problems if problem.severity is Severity.ERROR]


@cache
def registry() -> Registry:
    modules = [parse_module(name, text) for name, text in TEXTS.items()]
    composed = compose([module for module in modules if isinstance(module, Module)]).registry
    assert composed is not None
    return composed


def survivors(edits: Sequence[Edit]) -> set[str]:
    survived = {edit.what for edit in edits if not errors_of({**TEXTS, edit.module: edit.sdl})}
    return {what.partition(" at ")[0] for what in survived}


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not swapped_types], ids=lambda kind: kind.__name__
)
def test_an_edit_of_a_kind_is_reported_at_every_place(kind: Callable[[Registry], Iterator[Edit]]) -> None:
    edits = list(kind(registry()))
    assert edits
    step = 1 if "PAIFANG_EVERY_EDIT" in os.environ else -(-len(edits) // FEW)
    assert survivors(edits[::step]) == set()


def test_the_guide_lists_the_exchanged_types_that_are_accepted() -> None:
    assert survivors(list(swapped_types(registry()))) == SURVIVORS


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_composing_random_edits_never_raises(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    places = data.draw(st.lists(st.sampled_from(TOKENS[name]), min_size=1, max_size=4, unique=True))
    for start, end in sorted(places, reverse=True):
        token = text[start:end]
        edited = data.draw(
            st.sampled_from(["", f"{token} {token}", token + "q", token[1:], "$", '"', "0", "{"])
        )
        text = text[:start] + edited + text[end:]
    errors_of({**TEXTS, name: text})
