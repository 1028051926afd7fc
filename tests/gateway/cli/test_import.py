"""`paifang import openapi`: a module on standard output or in a file, what it lacks on standard error."""

from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command

BIKES = "examples/openapi/bikes.yaml"
REPORT = """\
PUT /bikes/{bike_id}/photo body BODY_UNMAPPABLE error: image/png cannot be written
GET /bikes parameter 'session' PARAMETER_UNMAPPABLE warning: a parameter in 'cookie' is not sent
Bike.pairedWith RECURSIVE info: it leads back to itself: fetched by its key where more is asked for
4 of 5 operations imported
publish it with --config apiKey=…
"""


def test_a_module_is_written_that_can_be_published(paifang: Command, tmp_path: Path) -> None:
    out = tmp_path / "bikes.graphql"
    ended = paifang("import", "openapi", BIKES, "--unit", "rides", "--out", str(out))
    assert (ended.code, ended.out, ended.err) == (ExitCode.OK, "", REPORT)
    assert '@owner(unit: "rides")' in out.read_text("utf-8")
    assert "# lost: GET /bikes parameter 'session'" in out.read_text("utf-8")
    assert paifang("check", str(out)).code == ExitCode.OK


def test_without_a_file_the_module_is_printed_and_nothing_else(paifang: Command) -> None:
    ended = paifang("import", "openapi", BIKES, "--include", "bikes", "--source-name", "up")
    assert ended.out.startswith("# Bikes 2.3\n\nextend schema\n")
    assert '@source(\n    name: "up"' in ended.out
    assert "getStation" not in ended.out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("swagger: '2.0'", "SPEC_VERSION"),
        ("openapi: 3.0.0\npaths: { /a: { $ref: 'beside/../../other.yaml' } }", "REF_OUTSIDE"),
        ("openapi: 3.0.0\npaths: { /a: { $ref: 'link.yaml' } }", "REF_OUTSIDE"),
        ("openapi: 3.0.0\npaths: { /a: { $ref: 'missing.yaml' } }", "REF_UNRESOLVED"),
    ],
)
def test_a_description_that_is_refused_ends_with_its_code(
    text: str, code: str, paifang: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "api"
    folder.mkdir()
    (tmp_path / "other.yaml").write_text("get: { responses: {} }")
    (folder / "link.yaml").symlink_to(tmp_path / "other.yaml")
    (folder / "api.yaml").write_text(text)
    ended = paifang("import", "openapi", str(folder / "api.yaml"), "--base-url", "http://127.0.0.1:9")
    assert ended.code == ExitCode.PROBLEMS
    assert f"({code})" in ended.err


def test_a_name_that_is_no_modules_is_refused(paifang: Command) -> None:
    ended = paifang("import", "openapi", BIKES, "--module", "2 bikes")
    assert ended.code == ExitCode.USAGE
    assert "--module" in ended.err


def test_a_file_that_is_not_there_is_named(paifang: Command) -> None:
    ended = paifang("import", "openapi", "nothing.yaml")
    assert (ended.code, "nothing.yaml" in ended.err) == (ExitCode.USAGE, True)
