"""The scripts find a Python, say what to type when there is none, and stop at the first red stage."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from tests.house.checkout import TOP, tracked

PYTHONS = ("python3.11", "python3.12", "python3.13", "python3", "python3.14", "python")
GOOD = "exit 0"
TOO_OLD = "exit 1"
WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; esac'


def program(file: Path, body: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def bash(line: str, *, path: str = "/usr/bin:/bin", cwd: Path = TOP) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": path, "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    return subprocess.run(
        ["/bin/bash", "-c", line],
        env=environ,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def found_python(folder: Path, **pythons: str) -> subprocess.CompletedProcess[str]:
    for name in PYTHONS:  # all of them, so that none of this machine is seen
        program(folder / name, pythons.get(name.replace(".", "_"), TOO_OLD))
    return bash("source scripts/environment.sh; find_python", path=f"{folder}:/usr/bin:/bin")


def test_a_python_with_venv_is_preferred_to_one_without(tmp_path: Path) -> None:
    done = found_python(tmp_path, python3_11=WITHOUT_VENV, python3_13=GOOD)
    assert (done.returncode, done.stdout.strip()) == (0, str(tmp_path / "python3.13"))


@pytest.mark.parametrize(
    ("pythons", "typed"),
    [
        ({"python3": WITHOUT_VENV}, "apt-get install python3-venv"),
        ({}, "apt-get install python3 python3-venv"),
    ],
    ids=["without venv", "without python"],
)
def test_one_line_says_what_to_type_when_there_is_no(
    pythons: dict[str, str], typed: str, tmp_path: Path
) -> None:
    done = found_python(tmp_path, **pythons)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert f"type: {typed} (as root)" in done.stderr


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A checkout whose environment is prepared and holds tools that only write down that they ran."""
    shutil.copytree(TOP / "scripts", tmp_path / "scripts")
    for name in ("ruff", "pyright", "lint-imports", "pytest"):
        program(tmp_path / ".venv/bin" / name, f'echo "{name} $*" >>"{tmp_path}/ran"')
    (tmp_path / "requirements-dev.lock").touch()
    (tmp_path / ".venv/.stamp").write_text(f"{tmp_path}/.venv {sha256().hexdigest()}  -\n")
    return tmp_path


def test_all_stages_run_and_arguments_go_to_pytest(prepared: Path) -> None:
    done = bash("scripts/test tests/house -k name", cwd=prepared)
    assert (done.returncode, done.stdout) == (0, "")
    ran = [line.split()[0] for line in (prepared / "ran").read_text().splitlines()]
    assert ran == ["ruff", "ruff", "pyright", "lint-imports", "pytest"]
    assert (prepared / "ran").read_text().endswith("pytest tests/house -k name\n")


def test_the_first_red_stage_is_the_last_and_is_named(prepared: Path) -> None:
    program(prepared / ".venv/bin/pyright", "exit 1")
    done = bash("scripts/test", cwd=prepared)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "paifang: test: RED at: pyright"
    assert "pytest" not in (prepared / "ran").read_text()


def test_another_lock_makes_the_environment_anew(prepared: Path) -> None:
    (prepared / "requirements-dev.lock").write_text("changed")
    shutil.copy(TOP / "requirements-uv.lock", prepared)
    folder = prepared / "none"
    for name in PYTHONS:
        program(folder / name, TOO_OLD)
    done = bash("scripts/test", path=f"{folder}:/usr/bin:/bin", cwd=prepared)
    assert done.returncode == 3
    assert "Python 3.11 or newer is needed" in done.stderr


@pytest.mark.parametrize(
    ("user", "present", "asked_for"), [("0", False, True), ("0", True, False), ("7", False, False)]
)
def test_ci_installs_what_is_missing_as_root_only(
    user: str, present: bool, asked_for: bool, prepared: Path
) -> None:
    shutil.copytree(TOP / ".ci", prepared / ".ci")
    tools = prepared / "tools"
    program(tools / "id", f"echo {user}")
    program(tools / "apt-get", f'echo "apt-get $*" >>"{prepared}/ran"')
    if present:
        program(tools / "chromium", "")
    for name in ("bash", "cat", "dirname", "grep", "python3", "sha256sum"):
        (tools / name).symlink_to(shutil.which(name, path="/usr/bin:/bin") or "/missing")
    done = bash(".ci/run", path=str(tools), cwd=prepared)
    ran = (prepared / "ran").read_text()
    assert (done.returncode, "pytest" in ran) == (0, True), done.stderr
    assert any("install" in line and "chromium" in line for line in ran.splitlines()) is asked_for


def test_every_script_has_its_purpose_below_the_first_line() -> None:
    for name in tracked("scripts/*", ".ci/*"):
        lines = (TOP / name).read_text().splitlines()
        purpose = lines[1] if lines[0].startswith("#!") else lines[0]
        assert purpose.startswith(("# ", '"""')), name
