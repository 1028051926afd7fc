"""`paifang export-schema` prints what is committed."""

from pathlib import Path

import pytest

from gateway.cli.main import main

SNAPSHOT = Path(__file__).parents[3] / "schema.graphql"


def test_it_prints_the_committed_snapshot(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["export-schema"])
    assert done.value.code == 0
    assert capsys.readouterr().out == SNAPSHOT.read_text("utf-8")
