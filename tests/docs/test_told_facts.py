"""What the guides tell in prose holds: error codes, limits, commands, and names of the API."""

import re
import shlex
from pathlib import Path

import pytest

from engine.resource.mapping.methods import METHODS
from gateway.cli.main import COMMANDS, main
from gateway.errors import CODES
from gateway.settings import LimitSettings, Settings
from tests.docs.guide import read_blocks

TOP = Path(__file__).parents[2]
FRONT_END = (TOP / "docs" / "front-end.md").read_text(encoding="utf-8")
RESOURCES = (TOP / "docs" / "resources.md").read_text(encoding="utf-8")
OTHERS = tuple(
    (TOP / "docs" / f"{name}.md").read_text("utf-8")
    for name in ("resources", "flows", "knowledge", "matching")
)
SNAPSHOT = (TOP / "schema.graphql").read_text(encoding="utf-8")
VOCABULARY = (TOP / "engine" / "resource" / "vocabulary.graphql").read_text(encoding="utf-8")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
OF_STORES = {
    "CURSOR_INVALID",
    "DOCUMENT_INVALID",
    "DOCUMENT_NOT_FOUND",
    "UNIQUE_CONFLICT",
}  # no field lets them out
LIMITS = {  # the row of the table: its numbers, in their order
    "body": (LimitSettings().body_bytes // 1_000_000,),
    "query text": (LimitSettings().query_bytes // 1_000, LimitSettings().tokens),
    "depth": (LimitSettings().depth,),
    "root fields": (LimitSettings().root_fields,),
    "aliases": (LimitSettings().aliases,),
    "directives": (LimitSettings().directives,),
    "fields, fragments expanded": (LimitSettings().fields,),
    "the same name at one level": (LimitSettings().same_response_name,),
    "cost": (LimitSettings().cost, 1, 10),
    "variables": (LimitSettings().variables_bytes // 1_000, LimitSettings().variables_depth),
    "calls to services": (LimitSettings().upstream_calls, LimitSettings().concurrent_calls),
}


def told_in_tables(guide: str) -> set[str]:
    rows = re.findall(r"^\| `[A-Z].*?\|", guide, re.MULTILINE)
    return set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", "\n".join(rows)))


def test_the_guides_tell_every_code_a_client_can_read() -> None:
    elsewhere = set[str]().union(*map(told_in_tables, OTHERS))  # their tables have other names too
    told = told_in_tables(FRONT_END) | (elsewhere & CODES.keys())
    assert told | {"ERRORS_TRUNCATED"} == CODES.keys() - OF_STORES
    assert "`ERRORS_TRUNCATED`" in FRONT_END


def test_the_limits_are_the_defaults() -> None:
    table = re.findall(r"^\| ([a-z ,]+) \| (.*\d.*) \|$", FRONT_END, re.MULTILINE)
    told = {name: tuple(int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", row)) for name, row in table}
    assert told == LIMITS
    assert f"A request has {Settings.model_fields['deadline_ms'].default // 1_000} seconds" in FRONT_END


def test_the_commands_of_the_guide_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = re.findall(r"^    paifang (.*?)\s+#", RESOURCES, re.MULTILINE)
    told = {shlex.split(line)[0] for line in lines}
    assert told == {"check", "publish", "diff", "explain", "doctor"} <= set(COMMANDS)
    sdl = next(block.text for block in read_blocks(TOP / "docs" / "resources.md") if block.name == "rides")
    (tmp_path / "rides.graphql").write_text(sdl.replace("order(id: ID!)", 'order(id: ID! = "o1")'), "utf-8")
    monkeypatch.chdir(tmp_path)
    for line in lines:
        if not line.startswith(("publish", "diff", "doctor")):  # of a gateway, which each has a test with
            with pytest.raises(SystemExit) as ended:
                main(shlex.split(line))
            assert not ended.value.code, capsys.readouterr().err


def test_every_name_in_the_guides_prose_is_one() -> None:
    both = FRONT_END + RESOURCES
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", both))
    named = set(re.findall(r"(?<![\w-])[a-z]+(?:[A-Z][a-z]*)+\b", " ".join(spans)))
    demo = (TOP / "examples" / "rides" / "resources" / "rides.graphql").read_text(encoding="utf-8")
    known = SNAPSHOT + VOCABULARY + demo + "".join(FENCE.findall(both))
    unknown = [name for name in named - METHODS.keys() if not re.search(rf"\b{name}\b", known)]
    assert unknown == []
    assert len(named) > 20
