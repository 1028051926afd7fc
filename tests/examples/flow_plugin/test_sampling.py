"""The sample plug-in, found as an installed distribution is: its element type is read, checked and run."""

from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine.flow.checks import CheckContext
from engine.flow.formats import ModelFormat
from engine.flow.instance import DeploymentId
from engine.flow.model import FlowModel
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from engine.flow.testing import CommitAnswer, MockedResources, Scenario, Trial, run_scenario
from gateway.flow_plugins import PluginUnusable, flow_parts, load_plugins
from resolvers.flows.records import deployment_of, deployment_to_document
from tests.house.checkout import TOP
from tests.resolvers.flows.models import flow, model, task

SAMPLE = TOP / "examples/flow_plugin"
RATED = {
    "type": "object",
    "properties": {"rating": {"type": "integer", "minimum": 1, "maximum": 5, "x-widget": "stars"}},
}
CONTROLLED = model(
    {"key": "start", "type": "startEvent"},
    task("ask", form="rated"),
    {"key": "sample", "type": "samplingGateway", "percent": 30, "sampled": "s3"},
    task("control"),
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "ask"),
    flow("s2", "ask", "sample"),
    flow("s3", "sample", "control"),
    flow("s4", "sample", "end"),
    flow("s5", "control", "end"),
    forms={"rated": {"schema": RATED, "ui": {"kiosk": {"fields": ["rating"]}}}},
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `pip install` would leave: the package on the path, and its metadata with the entry point."""
    metadata = tmp_path / "paifang_sampling-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: paifang-sampling\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[paifang.flow]\nsampling = paifang_sampling:PLUGIN\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(SAMPLE))


@pytest.fixture
def parts(installed: None) -> FlowParts:
    return flow_parts()


def read(parts: FlowParts, raw: object) -> FlowModel:
    read_, problems = parts.import_model(ModelFormat.PAIFANG, raw)
    assert problems == []
    return read_


def test_without_it_the_type_is_unknown() -> None:
    _, problems = FlowParts().import_model(ModelFormat.PAIFANG, CONTROLLED)
    assert [problem.code for problem in problems] == ["UNKNOWN_TYPE"]


def test_its_model_is_read_checked_written_and_kept(parts: FlowParts) -> None:
    controlled = read(parts, CONTROLLED)
    assert parts.check_model(controlled, CheckContext()) == []
    assert read(parts, parts.write_model(controlled)) == controlled
    deployment = Deployment(
        id=DeploymentId("a@1"),
        flow_key="a",
        version=1,
        unit="rides",
        model=controlled,
        hash="",
        deployed_at=datetime(2026, 3, 2, tzinfo=UTC),
        deployed_by="ann",
    )
    assert deployment_of(deployment_to_document(deployment, parts=parts), parts) == deployment
    with pytest.raises(ValueError, match="sample: BPMN has no word"):
        parts.export_bpmn(controlled)


def test_its_check_is_asked(parts: FlowParts) -> None:
    wrong = read(parts, {**CONTROLLED, "elements": [_misnamed(one) for one in CONTROLLED["elements"]]})
    [problem] = parts.check_model(wrong, CheckContext())
    assert (problem.code, problem.path) == ("UNKNOWN_REFERENCE", "sample/sampled")


def _misnamed(element: dict[str, object]) -> dict[str, object]:
    return {**element, "sampled": "s9"} if element["key"] == "sample" else element


async def test_its_element_runs(parts: FlowParts) -> None:
    trial = Trial(model=read(parts, CONTROLLED), now=datetime(2026, 3, 2, tzinfo=UTC), parts=parts)
    scenario = Scenario(answers=[CommitAnswer(values={"rating": 4})])
    run = await run_scenario(trial, scenario, MockedResources(mocks={}))
    assert run.problems == []
    [sample] = [step for step in run.trace if step.element == "sample"]
    assert sample.took in {("s3",), ("s4",)}
    again = await run_scenario(trial, scenario, MockedResources(mocks={}))
    assert again.trace == run.trace


def test_its_widget_and_channel_are_known(parts: FlowParts) -> None:
    assert parts.forms.widgets["stars"].details({"maximum": 5}) == {"stars": 5}
    assert parts.forms.channel("kiosk").name == "kiosk"


def test_a_plug_in_that_fails_is_named_at_start() -> None:
    for value in ("nowhere:PLUGIN", "engine.flow.parts:FlowParts"):
        point = EntryPoint(name="broken", value=value, group="paifang.flow")
        with pytest.raises(PluginUnusable, match="'broken'"):
            load_plugins([point])


def test_names_that_are_taken_are_refused(parts: FlowParts, installed: None) -> None:
    with pytest.raises(ValueError, match="'sampling' cannot be used: there is an element type"):
        parts.with_plugins(load_plugins())
