"""The command line's frame: help, examples, exit codes, start-up guard."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import gateway
from gateway.cli import packages
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.main import COMMANDS, main, module_of
from tests.servers.gateway import Gateway, serve_gateway

# What commands that serve say last; on a free port and an empty folder, whatever else this machine runs.
LAST_LINES = {"serve": "with --dev-auth", "demo": "Ctrl-C"}

TOP = Path(gateway.__path__[0]).parent


@pytest.fixture(scope="session")
def folder_with_paifang(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH in which `paifang` is this checkout."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "paifang").write_text(f'#!/bin/sh\nexec {sys.executable} -P -m gateway.cli.main "$@"\n')
    (folder / "paifang").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def open_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """As `paifang serve` without flags: whoever is on this machine may do everything."""
    with serve_gateway(tmp_path_factory.mktemp("open")) as gateway:
        yield gateway


def environment(folder_with_paifang: Path) -> dict[str, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PAIFANG_")}
    return environ | {"PATH": f"{folder_with_paifang}:{environ['PATH']}", "PYTHONPATH": str(TOP)}


def shell(line: str, *, folder_with_paifang: Path) -> subprocess.CompletedProcess[str]:
    environ = environment(folder_with_paifang)
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=TOP, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_that_help_prints_runs(
    command: str, folder_with_paifang: Path, tmp_path: Path, open_gateway: Gateway
) -> None:
    help_text = shell(f"paifang {command} --help", folder_with_paifang=folder_with_paifang).stdout
    example = re.search(r"Example: (.*)\Z", help_text, re.DOTALL)
    assert example, help_text
    line = " ".join(example[1].split())
    if command in LAST_LINES:
        serve_until_said(f"{line} --port 0 --data {tmp_path}", command, folder_with_paifang)
        return
    if command == "reindex":
        line += f" --data {tmp_path}"
    if command == "operations":  # of a module that is published
        publish = f"{import_module(module_of('publish')).EXAMPLE} --url {open_gateway.url}"
        assert shell(publish, folder_with_paifang=folder_with_paifang).returncode == ExitCode.OK
    if command in ("publish", "diff", "operations", "knowledge", "doctor"):
        line += f" --url {open_gateway.url}"  # for the one on port 8000, which this machine may not have
    done = shell(line, folder_with_paifang=folder_with_paifang)
    ill = (
        command == "doctor" and " cannot be called" in done.stderr
    )  # what was published before: no API runs here
    assert done.returncode == (ExitCode.PROBLEMS if ill else ExitCode.OK), done.stderr


def serve_until_said(line: str, command: str, folder_with_paifang: Path) -> None:
    """Run what serves until it has said its last line; a polite signal then ends it with 0."""
    environ = environment(folder_with_paifang)
    with subprocess.Popen(
        ["sh", "-c", f"exec env {line}"], cwd=TOP, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert any(LAST_LINES[command] in said for said in process.stdout), "it ended without serving"
        process.terminate()
    assert process.returncode == ExitCode.OK


@pytest.mark.parametrize(("command", "summary"), COMMANDS.items())
def test_the_summary_in_the_list_is_the_first_line_of_the_commands_own_help(
    command: str, summary: str
) -> None:
    run = import_module(module_of(command)).run
    assert (run.__doc__ or "").startswith(summary)
    assert len(summary) <= 45, "longer ones are cut on a terminal of 80 columns"


def test_help_lists_every_command_and_imports_none(folder_with_paifang: Path) -> None:
    line = "python -X importtime -P -m gateway.cli.main --help".replace("python", sys.executable, 1)
    done = shell(line, folder_with_paifang=folder_with_paifang)
    assert all(name in done.stdout for name in COMMANDS)
    imported = {entry.rpartition("|")[2].strip() for entry in done.stderr.splitlines()}
    assert not imported & {"pydantic", "fastapi", "graphql", "strawberry", "engine", "schema"}


def test_an_unknown_command_is_a_usage_error_that_names_the_near_one(folder_with_paifang: Path) -> None:
    done = shell("paifang setings", folder_with_paifang=folder_with_paifang)
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "Did you mean 'settings'?" in done.stderr
    assert "Try 'paifang --help'" in done.stderr


def test_a_failing_command_says_what_to_do_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PAIFANG_PORTT", "1")
    with pytest.raises(SystemExit) as ended:
        main(["settings"])
    assert ended.value.code == ExitCode.USAGE
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: the settings cannot be used")
    assert "did you mean PAIFANG_PORT?" in lines[1]
    assert lines[-1].startswith("next: ")


def test_our_packages_are_found() -> None:
    packages.check_own_packages()


def test_a_foreign_library_of_the_same_name_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "schema.py").touch()
    monkeypatch.delitem(sys.modules, "schema", raising=False)
    monkeypatch.setattr("sys.path", [str(tmp_path), *sys.path])
    with pytest.raises(CommandFailed, match=str(tmp_path / "schema.py")) as refused:
        packages.check_own_packages()
    assert "pip uninstall schema" in refused.value.next_step
