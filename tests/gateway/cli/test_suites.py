"""`paifang test` on suites of connectors: replayed from the file, recorded from a real server."""

import asyncio
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.cli.failure import ExitCode
from gateway.cli.suite_files import CallEntry, CallerEntry, CaseEntry, SuiteFile, read_suite_file
from tests.gateway.cli.conftest import Command
from tests.servers.upstream import answer, serve_upstream

EXAMPLES = Path(__file__).parents[3] / "examples" / "suites"
GUIDE = (Path(__file__).parents[3] / "docs" / "resources.md").read_text("utf-8")
SECRET = 'k&"9'


def changed(folder: Path, *edits: tuple[str, str]) -> Path:
    """The example's files in a folder of their own, with edits in the suite."""
    text = (EXAMPLES / "bikes.calls.yaml").read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (folder / "bikes.calls.yaml").write_text(text, "utf-8")
    (folder / "bikes.graphql").write_text((EXAMPLES / "bikes.graphql").read_text("utf-8"), "utf-8")
    return folder


def test_what_holds_is_told_case_by_case(paifang: Command) -> None:
    ended = paifang("test", str(EXAMPLES))
    assert ended.code == ExitCode.OK
    assert ended.out.endswith("3 cases, 0 failed\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "/bikes/b%201",
            "/bikes/b1",
            "https://rides.example.com/bikes/b%201 is asked, which the case does not say",
        ),
        ("/bikes/b%201", "/bikes/b1", "GET https://rides.example.com/bikes/b1 is not asked (CALL_MISSING)"),
        (
            "x-api-key: secret",
            "x-api-key: other",
            "header 'x-api-key' is 'secret-apiKey', not 'other-apiKey'",
        ),
        (
            "body: { text: 刹车失灵 }",
            "body: { text: ok }",
            "the body is {'text': '刹车失灵'}, not {'text': 'ok'}",
        ),
        ("number: BJ-1 }", "number: BJ-2 }", "(DATA_DIFFERS)"),
        ("status: 503", "status: 200", "no UPSTREAM_STATUS at bike (ERROR_MISSING)"),
        ("status: 201", "status: 500", "UPSTREAM_STATUS at reportFault (ERROR_UNEXPECTED)"),
        ("status: 503", "fails: UPSTREAM_UNREACHABLE", "UPSTREAM_UNREACHABLE at bike (ERROR_UNEXPECTED)"),
    ],
)
def test_what_does_not_hold_is_told(old: str, new: str, said: str, paifang: Command, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    ended = paifang("test", str(changed(tmp_path, (old, new))), "--junit", str(junit))
    assert ended.code == ExitCode.PROBLEMS
    assert said in ended.out
    [suite] = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


@pytest.mark.parametrize("first", ["status: 503", "fails: UPSTREAM_UNREACHABLE"])
def test_repetitions_are_calls_of_the_case_answered_in_turn(
    first: str, paifang: Command, tmp_path: Path
) -> None:
    request = "request: GET https://rides.example.com/bikes/b%201\n"
    changed(tmp_path, (f"- {request}", f"- {request}        {first}\n      - {request}"))
    module = tmp_path / "bikes.graphql"
    retried = module.read_text("utf-8").replace(
        "@source(", "@source(policy: { retry: { maxRetries: 1, backoffMs: 0 } }", 1
    )
    module.write_text(retried, "utf-8")

    ended = paifang("test", str(tmp_path))

    assert ended.out.endswith("3 cases, 1 failed\n"), ended.out
    assert "https://rides.example.com/bikes/b1 is asked, which the case does not say" in ended.out


def test_a_file_with_a_mistake_is_refused_with_its_place(paifang: Command, tmp_path: Path) -> None:
    ended = paifang("test", str(changed(tmp_path, ("status: 503", "statsu: 503"))))
    assert ended.code == ExitCode.USAGE
    assert "cases.2.calls.0.statsu" in ended.err


async def test_real_answers_are_recorded_without_secrets_and_replayed(
    tmp_path: Path, paifang: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAIFANG_EGRESS_ALLOW", "127.0.0.0/8")
    found = f'{{"id": 1, "plate_no": "BJ-9", "echo": "{SECRET}"}}'.replace('k&"9', 'k&\\"9').encode()
    routes = {"/bikes/b%201": answer(found), "/bikes/b1/faults": answer(b'{"fault_id": 8}', status=201)}
    async with serve_upstream(routes) as upstream:
        folder = changed(tmp_path)
        module = folder / "bikes.graphql"
        module.write_text(
            module.read_text("utf-8").replace("https://rides.example.com", upstream.url("")), "utf-8"
        )
        arguments = ("test", str(folder), "--record", "--config", f"apiKey={SECRET}")
        ended = await asyncio.to_thread(paifang, *arguments)
    assert (ended.code, "3 cases with 3 calls recorded" in ended.out) == (ExitCode.OK, True)
    assert dict(upstream.requests[0].headers)["x-api-key"] == SECRET
    text = (folder / "bikes.calls.yaml").read_text("utf-8")
    assert SECRET not in text
    first, _, last = read_suite_file(folder / "bikes.calls.yaml").cases
    assert first.calls[0].answer == {"id": 1, "plate_no": "BJ-9", "echo": "secret-apiKey"}
    assert first.data == {"bike": {"number": "BJ-9"}}
    assert [error.code for error in last.errors] == ["UPSTREAM_STATUS"]
    replayed = await asyncio.to_thread(paifang, "test", str(folder))
    assert replayed.code == ExitCode.OK, replayed.out


def test_recording_keeps_to_the_egress_guard(
    tmp_path: Path, paifang: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAIFANG_EGRESS_ALLOW", raising=False)
    folder = changed(tmp_path)
    module = folder / "bikes.graphql"
    module.write_text(
        module.read_text("utf-8").replace("https://rides.example.com", "http://127.0.0.1:9"), "utf-8"
    )
    paifang("test", str(folder), "--record")
    first = read_suite_file(folder / "bikes.calls.yaml").cases[0]
    assert first.calls[0].fails == "EGRESS_BLOCKED"


def test_the_guide_shows_the_example_and_tells_every_word() -> None:
    chapter = GUIDE.partition("## Testing a module")[2].partition("\n## ")[0]
    shown = [line[4:] for line in chapter.splitlines() if line.startswith("    ")]
    assert (EXAMPLES / "bikes.calls.yaml").read_text("utf-8").splitlines()[: len(shown)] == shown
    for model in (SuiteFile, CaseEntry, CallerEntry, CallEntry):
        for name in model.model_fields:
            assert f"`{name}`" in chapter, name
