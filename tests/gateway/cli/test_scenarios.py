"""`paifang test`: scenario files run offline; what differs is said, and the exit code says it too."""

from pathlib import Path
from xml.etree.ElementTree import parse

import orjson
import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.house.checkout import TOP
from tests.resolvers.flows.models import call, called, chain, task

MODEL = chain(task("ask"), call("load", "{ order { status } }", output={"status": "result.order.status"}))
FILE = """
flow: lock.json
resources:
  order: { status: 3 }
scenarios:
  - name: the status is read
    answers:
      - open: [ask]
        commit: { since: 2026-03-02 }
    end: COMPLETED
    result: { status: 3, since: "2026-03-02" }
"""
EXAMPLES = TOP / "examples/scenarios"


def write(folder: Path, text: str = FILE, **models: object) -> str:
    for name, model in (models or {"lock": MODEL}).items():
        (folder / f"{name}.json").write_bytes(orjson.dumps(model))
    (folder / "lock.test.yaml").write_text(text)
    return str(folder)


def test_scenarios_of_a_folder_run(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("test", write(tmp_path))
    assert ended.code == ExitCode.OK, ended.out
    assert ended.out.splitlines()[1:] == [
        "  ok    the status is read",
        "  coverage 100 %",
        "1 scenario, 0 failed",
    ]


def test_what_differs_is_said_with_the_way_that_was_taken(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("test", write(tmp_path, FILE.replace("status: 3,", "status: 4,")))
    assert ended.code == ExitCode.PROBLEMS
    assert "  FAIL  the status is read" in ended.out
    assert "variables/status: variables/status should be 4, and is 3 (VARIABLE_DIFFERS)" in ended.out
    assert "way: start > ask > load > end" in ended.out
    assert ended.err.splitlines() == [
        "error: 1 of 1 scenarios failed",
        "next: correct the flow, or what its scenario expects",
    ]


def test_a_model_with_errors_fails_although_its_scenarios_hold(paifang: Command, tmp_path: Path) -> None:
    broken = chain(
        task("ask"), call("load", "{ order { status } }", output={"status": "result.order.status"})
    )
    broken["elements"].append({"key": "lost", "type": "userTask"})
    ended = paifang("test", write(tmp_path, lock=broken))
    assert ended.code == ExitCode.PROBLEMS
    assert "lock.json lost UNREACHABLE error: " in ended.out


def test_too_little_coverage_fails(paifang: Command, tmp_path: Path) -> None:
    text = FILE.replace("    end: COMPLETED\n", "").replace(
        "    answers:", "    answers: []\n    open: [ask]"
    )
    text = text.partition("      - open")[0]
    assert paifang("test", write(tmp_path, text)).code == ExitCode.OK
    ended = paifang("test", str(tmp_path), "--min-coverage", "90")
    assert ended.code == ExitCode.PROBLEMS
    assert "  coverage 43 %; never passed: end, load, to_end, to_load" in ended.out


def test_a_called_flow_lies_beside_its_caller(paifang: Command, tmp_path: Path) -> None:
    parent, child = chain(called("check", "child")), chain(task("inspect"))
    text = "flow: lock.json\nscenarios:\n  - name: a\n    answers: [{task: inspect}]\n    end: COMPLETED\n"
    ended = paifang("test", write(tmp_path, text, lock=parent, child=child))
    assert ended.code == ExitCode.OK, ended.out
    (tmp_path / "child.json").unlink()
    assert "CALLED_FLOW_UNKNOWN" in paifang("test", str(tmp_path)).out


def test_results_are_written_for_ci(paifang: Command, tmp_path: Path) -> None:
    folder = write(tmp_path, FILE.replace("status: 3,", "status: 4,"))
    paifang("test", folder, "--junit", str(tmp_path / "junit.xml"))
    [suite] = parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("type") == "VARIABLE_DIFFERS"


def test_queries_and_mocks_are_checked_against_resources(paifang: Command) -> None:
    resources = str(TOP / "examples/rides/resources")
    ended = paifang("test", str(EXAMPLES), "--resources", resources, "--min-coverage", "100")
    assert ended.code == ExitCode.OK, ended.out


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("name: the", "nam: the"), "scenarios.0.name: Field required"),
        (("commit:", "comit:"), "scenarios.0.answers.0.comit: Extra inputs are not permitted"),
        (("end: COMPLETED", "end: DONE"), "scenarios.0.end: Input should be"),
        (("commit: { since: 2026-03-02 }", "wait: PT1H\n        message: m"), "has one of commit"),
        (("order: {", "order: {{"), "lock.test.yaml:5:1: expected"),
    ],
)
def test_what_is_no_scenario_file_is_said(
    wrong: tuple[str, str], said: str, paifang: Command, tmp_path: Path
) -> None:
    ended = paifang("test", write(tmp_path, FILE.replace(*wrong)))
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert said in ended.err


def test_a_folder_without_scenarios_is_a_usage_error(paifang: Command, tmp_path: Path) -> None:
    assert paifang("test", str(tmp_path)).code == ExitCode.USAGE
    assert paifang("test", str(tmp_path / "none.yaml")).code == ExitCode.USAGE
