"""A gateway that cannot start ends with an exit code to rely on and says once why, and what to do.

Most end before a store is opened, or by the one store they name: those run once.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from tests.servers.gateway import ROOT
from tests.servers.gateway_fixtures import empty_store

END_S = 60  # a loaded machine; an idle one needs 3 s
WRONG = """type Query {
  a: Nope @connect(http: { GET: "http://api.test/a" }, selection: "$.a")
  b: Int @connect(http: { GET: "http://10.0.0.1/b" }, selection: "$.b")
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a start that should fail ended."""

    code: int
    out: str
    err: str


def start(data: Path, *flags: str, **environment: str) -> Start:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAIFANG_")}
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli.main", "serve", "--port", "0", "--data", str(data), *flags],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )
    return Start(code=done.returncode, out=done.stdout, err=done.stderr)


def assert_says_once(ended: Start, message: str, *, next_step: str) -> None:
    """Two lines on standard error and no more: no traceback, no log, not one for each worker."""
    [error, following] = ended.err.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert following.startswith(f"next: {next_step}")
    assert ended.code == ExitCode.UNREACHABLE


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_problem_of_a_module_is_listed_with_its_place(
    tmp_path: Path, workers: str, store: str, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "wrong.graphql"
    file.write_text(WRONG)

    with empty_store(store, request) as environment:
        ended = start(tmp_path / "data", "--resources", str(file), "--workers", workers, **environment)

    places = [line.removeprefix(f"{file}:").split()[:2] for line in ended.out.splitlines()]
    assert places == [["2:6", "UNKNOWN_TYPE"], ["3:33", "EGRESS_BLOCKED"]]
    assert ended.err.splitlines() == [
        "error: the files of --resources have 2 problems",
        "next: correct them; `paifang check` lists the same without starting",
    ]
    assert ended.code == ExitCode.PROBLEMS


def test_a_file_of_resources_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.graphql"
    ended = start(tmp_path / "data", "--resources", str(missing))
    assert_says_once(ended, f"cannot use {missing}", next_step="name a file")


@pytest.mark.parametrize("setting", ["SECRET_KEY_FILE", "PUBLIC_KEY", "JWKS"])
def test_a_key_that_cannot_be_read_is_named(tmp_path: Path, setting: str) -> None:
    folder = tmp_path / "folder-and-no-key"
    folder.mkdir()
    ended = start(tmp_path / "data", **{f"PAIFANG_{setting}": str(folder)})
    assert_says_once(ended, str(folder), next_step="")


def test_a_page_that_is_none_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.json"
    page.write_text("[")
    assert_says_once(
        start(tmp_path / "data", PAIFANG_PAGE=str(page)), str(page), next_step="correct it, or unset page"
    )


def test_a_mongodb_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    ended = start(tmp_path / "data", PAIFANG_MONGO_URL="mongodb://user:hunter2@127.0.0.1:1/paifang?w=1")
    message = "cannot use MongoDB at mongodb://***@127.0.0.1:1/paifang: no primary of MongoDB answers"
    assert_says_once(ended, message, next_step="start it there, or correct PAIFANG_MONGO_URL")
    assert "hunter2" not in ended.err


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_says_once(start(file / "data"), "cannot be made", next_step=f"make {file / 'data'} a directory")


def test_a_data_directory_that_cannot_hold_the_store_is_named(tmp_path: Path) -> None:
    (tmp_path / "paifang.sqlite").mkdir()
    ended = start(tmp_path)
    assert_says_once(ended, "The document store is unavailable", next_step=f"make {tmp_path} a directory")
