"""`paifang flow`: a model is checked offline, saved and deployed on a running gateway."""

from pathlib import Path

import orjson
import pytest

from engine.flow.formats import export_bpmn, export_turbo
from engine.flow.reading import read_model
from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.house.checkout import TOP
from tests.resolvers.flows.models import call, called, chain, task
from tests.servers.gateway import Gateway

MODEL = chain(task("ask"), task("tell"))
BROKEN = chain({"key": "ask", "type": "userTsk"})


def write(folder: Path, model: object, name: str = "lock.json") -> str:
    (folder / name).write_bytes(model.encode() if isinstance(model, str) else orjson.dumps(model))
    return str(folder / name)


@pytest.fixture(scope="module")
def token(gateway: Gateway) -> str:
    return f"@{gateway.data / 'publisher.token'}"


@pytest.fixture
def remote(paifang: Command, gateway: Gateway, token: str) -> tuple[str, ...]:
    made = paifang("token", "--role", "publisher", "--unit", "rides", "--data", str(gateway.data))
    (gateway.data / "publisher.token").write_text(made.out)
    return ("--url", gateway.url, "--token", token)


def test_a_model_is_checked_without_a_gateway(paifang: Command, tmp_path: Path) -> None:
    file = write(tmp_path, MODEL)
    ended = paifang("flow", "check", file)
    assert (ended.code, ended.out) == (ExitCode.OK, f"{file} can be deployed\n")


def test_problems_are_listed_with_their_elements(paifang: Command, tmp_path: Path) -> None:
    file = write(tmp_path, BROKEN)
    ended = paifang("flow", "check", file)
    assert ended.code == ExitCode.PROBLEMS
    assert ended.out.startswith(f"{file} ask/type UNKNOWN_TYPE error: there is no element type 'userTsk'")
    assert ended.err.splitlines()[0] == "error: 1 error"


def test_queries_are_checked_against_sdl_files(paifang: Command, tmp_path: Path) -> None:
    file = write(tmp_path, chain(call("load", "{ ordr { id } }")))
    resources = str(TOP / "examples/rides/resources")
    assert paifang("flow", "check", file).code == ExitCode.OK
    ended = paifang("flow", "check", file, "--resources", resources)
    assert "load/call/query GRAPHQL_VALIDATION_FAILED error: " in ended.out


def test_the_flows_it_calls_are_looked_for_beside_it(paifang: Command, tmp_path: Path) -> None:
    file = write(tmp_path, chain(called("check", "child")))
    assert "CALLED_FLOW_UNKNOWN" in paifang("flow", "check", file).out
    write(tmp_path, MODEL, "child.json")
    assert paifang("flow", "check", file).code == ExitCode.OK


def test_the_format_is_seen(paifang: Command, tmp_path: Path) -> None:
    model, _ = read_model(MODEL)
    for name, text in (("a.bpmn", export_bpmn(model)), ("a.json", export_turbo(model).json)):
        assert paifang("flow", "check", write(tmp_path, text, name)).code == ExitCode.OK
    refused = paifang("flow", "check", write(tmp_path, "{", "b.json"))
    assert (refused.code, refused.out) == (ExitCode.USAGE, "")


def test_a_flow_is_saved_and_deployed(paifang: Command, tmp_path: Path, remote: tuple[str, ...]) -> None:
    file = write(tmp_path, MODEL)
    saved = paifang("flow", "save", file, "--key", "lock", "--unit", "rides", *remote)
    assert (saved.code, saved.out) == (ExitCode.OK, "lock: revision 1 of unit rides is saved\n"), saved.err
    deployed = paifang("flow", "deploy", "lock", "--note", "first", *remote)
    assert (deployed.code, deployed.out) == (ExitCode.OK, "lock: version 1 gets 100 % of cases\n")
    again = paifang("flow", "deploy", "lock", "--rollout", "10", *remote)
    assert again.out == "lock: version 1 gets 10 % of cases\n"
    checked = paifang("flow", "check", file, *remote)
    assert checked.code == ExitCode.OK


def test_a_broken_draft_is_saved_and_not_deployed(
    paifang: Command, tmp_path: Path, remote: tuple[str, ...]
) -> None:
    file = write(tmp_path, BROKEN)
    saved = paifang("flow", "save", file, "--key", "broken", "--unit", "rides", *remote)
    assert saved.code == ExitCode.PROBLEMS
    assert f"{file} ask/type UNKNOWN_TYPE error: " in saved.out
    assert "broken: revision 1 of unit rides is saved" in saved.out
    refused = paifang("flow", "deploy", "broken", *remote)
    assert refused.code == ExitCode.PROBLEMS
    assert "broken ask/type UNKNOWN_TYPE error: " in refused.out


def test_what_may_not_be_done_is_a_usage_error_with_a_next_step(
    paifang: Command, tmp_path: Path, remote: tuple[str, ...]
) -> None:
    file = write(tmp_path, MODEL)
    foreign = paifang("flow", "save", file, "--key", "foreign", "--unit", "toys", *remote)
    assert foreign.code == ExitCode.USAGE
    assert "unit toys" in foreign.err
    unknown = paifang("flow", "deploy", "never", *remote)
    assert unknown.code == ExitCode.USAGE
    assert "save it first" in unknown.err
