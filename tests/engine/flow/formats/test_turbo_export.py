"""Models of ours in turbo's format: what it ignores travels along, what it cannot run is refused."""

from hypothesis import given

from engine.flow.formats import export_turbo, import_model
from engine.flow.reading import read_model
from engine.problem import Severity
from tests.engine.flow.formats.test_turbo import Raw, back_and_forth, told
from tests.engine.flow.models import RandomFlow, random_flows
from tests.engine.flow.test_reading import EVERYTHING, damaged


def test_a_model_of_ours_comes_back_from_turbo_with_what_turbo_ignores() -> None:
    raw: Raw = {
        "elements": [
            {"key": "start", "type": "startEvent"},
            {
                "key": "ask",
                "type": "userTask",
                "form": "f",
                "candidateRoles": ["agent"],
                "properties": {"name": "x"},
            },
            {"key": "split", "type": "parallelGateway", "pairsWith": "meet"},
            {"key": "meet", "type": "parallelGateway", "pairsWith": "split"},
            {"key": "call", "type": "callActivity", "flow": "other", "input": {"a": "vars.b", "c": "12"}},
            {"key": "end", "type": "endEvent"},
            {"key": "s1", "type": "sequenceFlow", "source": "start", "target": "ask"},
            {"key": "s2", "type": "sequenceFlow", "source": "ask", "target": "split"},
            {"key": "s3", "type": "sequenceFlow", "source": "split", "target": "meet"},
            {"key": "s4", "type": "sequenceFlow", "source": "split", "target": "meet"},
            {"key": "s5", "type": "sequenceFlow", "source": "meet", "target": "call"},
            {"key": "s6", "type": "sequenceFlow", "source": "call", "target": "end"},
        ],
        "forms": {"f": {"schema": {"type": "object"}}},
        "diagram": "drawn",
    }
    model, problems = read_model(raw)
    assert problems == []
    assert told(export_turbo(model).problems) == [
        ("EXPORT_IGNORED", "ask/form", "WARNING"),
        ("EXPORT_IGNORED", "ask/candidateRoles", "WARNING"),
        ("EXPORT_IGNORED", "call/input/a", "WARNING"),
        ("EXPORT_IGNORED", "forms", "WARNING"),
    ]
    assert back_and_forth(model) == model
    raw["elements"][7]["condition"] = "vars.a == 1"
    exported = export_turbo(read_model(raw)[0])
    assert exported.json is None
    assert ("EXPORT_IMPOSSIBLE", "s2/condition", "ERROR") in told(exported.problems)


@given(random_flows())
def test_random_models_come_back_the_same(flow: RandomFlow) -> None:
    model, _ = read_model(flow.raw)
    assert export_turbo(model).problems == []
    assert back_and_forth(model) == model


@given(damaged())
def test_a_broken_model_is_exported_or_its_problems_are_told(raw: Raw) -> None:
    exported = export_turbo(read_model(raw)[0])
    assert exported.json is not None or exported.problems
    if exported.json is not None:
        import_model("TURBO", exported.json)


def test_what_turbo_cannot_run_is_not_exported() -> None:
    exported = export_turbo(read_model(EVERYTHING)[0])
    assert exported.json is None
    impossible = {problem.path for problem in exported.problems if problem.severity is Severity.ERROR}
    assert impossible >= {"load", "late", "wait", "hear", "box", "inner", "each"}
