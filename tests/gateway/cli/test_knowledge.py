"""`paifang knowledge` and `paifang reindex`: files in and out of a running gateway, and a new index."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.cli.article_files import PIECE_ROWS, read_pieces
from gateway.cli.failure import CommandFailed
from gateway.cli.main import main
from gateway.knowledge import INDEX
from tests.servers.gateway import Gateway, serve_gateway

EXAMPLES = Path(__file__).parents[3] / "examples" / "rides" / "knowledge"
FOUND = "query ($input: SearchInput!) { searchKnowledge(input: $input) { hits { article { question } } } }"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("knowledge")) as gateway:
        yield gateway


def run(*arguments: str) -> int:
    """The exit code."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def found(site: Gateway, query: str) -> list[str]:
    asked = {"query": FOUND, "variables": {"input": {"query": query, "first": 1, "minSeq": 1e9}}}
    answer = httpx.post(f"{site.url}/graphql", json=asked).json()
    return [hit["article"]["question"] for hit in answer["data"]["searchKnowledge"]["hits"]]


def test_a_file_is_imported_in_pieces_and_wrong_rows_are_named_by_their_line(
    site: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"question {number},answer {number}" for number in range(PIECE_ROWS + 50)]
    rows[PIECE_ROWS + 10] = ",no question"
    file = tmp_path / "articles.csv"
    file.write_text("\n".join(("question,answer", *rows)))
    assert run("knowledge", "import", str(file), "--unit", "rides", "--publish", "--url", site.url) == 1
    told = capsys.readouterr()
    assert "249 created, 0 updated, 1 rejected" in told.out
    assert f"{file}:{PIECE_ROWS + 12}:1: error TEXT_MISSING: question" in told.err
    assert found(site, "question 240") == ["question 240"]


def test_what_is_exported_is_imported_again(
    site: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "one.jsonl"
    own.write_text(json.dumps({"question": "=formula", "answers": [{"body": "x"}], "tags": ["t"]}) + "\n\n")
    assert run("knowledge", "import", str(own), "--unit", "shop", "--url", site.url) == 0
    for ending in ("csv", "jsonl", "xlsx"):
        file = tmp_path / f"out.{ending}"
        assert run("knowledge", "export", str(file), "--unit", "shop", "--url", site.url) == 0
        capsys.readouterr()
        assert run("knowledge", "import", str(file), "--unit", "shop", "--url", site.url) == 0
        assert "0 created, 1 updated, 0 rejected" in capsys.readouterr().out


def test_schemas_of_categories_go_in_and_out_and_wrong_ones_are_named_by_their_place(
    site: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example, out = EXAMPLES / "categories.json", tmp_path / "out.json"
    for file, told in ((example, "fees: revision 1"), (out, "fees: revision 2")):
        assert run("knowledge", "import-categories", str(file), "--unit", "care", "--url", site.url) == 0
        assert told in capsys.readouterr().out
        assert run("knowledge", "export-categories", str(out), "--unit", "care", "--url", site.url) == 0
        assert json.loads(out.read_text()) == json.loads(example.read_text())
        capsys.readouterr()
    out.write_text('{"fees": {"type": "object", "properties": {"price": {"type": "money"}}}}')
    assert run("knowledge", "import-categories", str(out), "--unit", "care", "--url", site.url) == 1
    assert "fees: error FORM_SCHEMA_INVALID: schema/price/type" in capsys.readouterr().err
    for content in ("[]", "{"):
        out.write_text(content)
        assert run("knowledge", "import-categories", str(out), "--unit", "care", "--url", site.url) == 2


def test_a_new_index_is_made_by_the_gateway_that_runs_or_by_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve_gateway(tmp_path) as gateway:
        file = tmp_path / "one.csv"
        file.write_text("question,answer\nlock,x\n")
        assert run("knowledge", "import", str(file), "--unit", "a", "--publish", "--url", gateway.url) == 0
        assert found(gateway, "lock") == ["lock"]
        before = (tmp_path / INDEX / "serving").read_text()
        assert run("reindex", "--data", str(tmp_path)) == 0
        assert (tmp_path / INDEX / "serving").read_text() != before
        assert found(gateway, "lock") == ["lock"]
    capsys.readouterr()
    assert run("reindex", "--data", str(tmp_path)) == 0
    assert "the search index is new: 1 articles" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"", "neither .csv"),
        ("a.csv", b"\xff\xfe\x00", "not UTF-8"),
        ("a.xlsx", b"PK", "not XLSX"),
        ("a.csv", b'question\n"a', "not CSV"),
    ],
)
def test_what_is_no_file_of_articles_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandFailed, match=why):
        read_pieces(tmp_path / name)
