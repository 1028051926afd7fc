"""The modules the project shows compose; the guide's faulty ones say what the guide says they say."""

from pathlib import Path

import pytest

from engine.problem import Severity
from engine.resource.model import Module
from engine.resource.sdl import Composition, compose, parse_module
from tests.docs.guide import Example, read_examples

ROOT = Path(__file__).parents[4]
EXAMPLES = read_examples(ROOT / "docs" / "resources.md")
FAULTY = [example for example in EXAMPLES if example.problems]
SOUND = [example for example in EXAMPLES if not example.problems]


def composed(texts: dict[str, str]) -> Composition:
    modules = [parse_module(name, text) for name, text in texts.items()]
    return compose([module for module in modules if isinstance(module, Module)])


def errors(composition: Composition) -> list[str]:
    return [str(p) for p in composition.problems if p.severity is not Severity.INFO]


@pytest.mark.parametrize("folder", ["examples/rides/resources", "bench/resources"])
def test_the_modules_that_are_shipped_have_nothing_to_complain_about(folder: str) -> None:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / folder).glob("*.graphql")}
    composition = composed(texts)
    assert errors(composition) == []
    assert composition.registry is not None


@pytest.mark.parametrize("example", SOUND, ids=lambda example: example.title)
def test_the_guides_modules_have_nothing_to_complain_about(example: Example) -> None:
    assert errors(composed(example.modules)) == []


@pytest.mark.parametrize("example", FAULTY, ids=lambda example: example.title)
def test_the_guides_faulty_modules_are_reported_as_the_guide_says(example: Example) -> None:
    composition = composed(example.modules)
    found = [(p.line, p.code) for p in composition.problems if p.severity is Severity.ERROR]
    assert found == [(finding.line, finding.code) for finding in example.problems]
    for finding, problem in zip(example.problems, composition.problems, strict=True):
        assert finding.word in f"{problem.message} {problem.suggestion}"
