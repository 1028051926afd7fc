"""README.md: its example can be published, and its plan is what `paifang explain` prints."""

import re
import shlex
from pathlib import Path

import pytest

from examples.rides.personas import PERSONAS
from gateway.cli.main import COMMANDS, main

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
(SDL,) = re.findall(r"^```graphql\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
(PLAN,) = re.findall(r"^```text\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
(COMMAND,) = re.findall(r"^```sh\nscripts/run (explain .*)$", README, re.MULTILINE)


def printed_by(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_plan_is_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "care.graphql").write_text(SDL, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert printed_by(shlex.split(COMMAND), capsys) == PLAN
    assert printed_by(["check", "care.graphql"], capsys) == "1 module can be published\n"


def test_the_example_fits_a_screen() -> None:
    assert len(SDL.splitlines()) <= 22
    assert max(map(len, README.splitlines())) <= 130


def test_its_people_are_the_demos() -> None:
    for persona in PERSONAS:
        answer = "null, `ACCESS_DENIED`" if persona.contact is None else f"`{persona.contact}`"
        assert re.search(rf"^\| {persona.name} \|.*\| {re.escape(answer)} \|$", README, re.MULTILINE)


def test_every_command_it_names_is_one() -> None:
    named = set(re.findall(r"^scripts/run (\w[\w-]*)", README, re.MULTILINE))
    assert named <= set(COMMANDS)
    assert len(named) >= 6
