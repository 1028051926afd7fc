"""Files are read in a process of their own: whatever is in them, words or a reason come back in time."""

import zlib
from pathlib import Path

import pytest

from gateway.text_reader import SpawnedReader
from resolvers.knowledge.attachments.attachment import AttachmentText
from resolvers.knowledge.attachments.kinds import DOCX, PDF, TEXT, Kind
from tests.resolvers.knowledge.attachments.files import pdf, word


@pytest.mark.parametrize(
    ("content", "kind"), [(pdf("twelve"), PDF), (word("twelve"), DOCX), (b"twelve", TEXT)]
)
async def test_the_words_come_back(content: bytes, kind: Kind) -> None:
    read = await SpawnedReader().read(content, kind)
    assert read == AttachmentText(text="twelve")


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    read = await SpawnedReader(time_s=0.001).read(pdf("twelve"), PDF)
    assert (read.text, read.problem) == ("", "TEXT_LIMIT")


async def test_a_page_that_unpacks_to_more_than_memory_is_given_up() -> None:
    bomb = zlib.compress(b"BT /F1 12 Tf (x) Tj ET " * 20_000_000, 9)
    shown = b"BT /F1 12 Tf 72 720 Td (x) Tj ET"
    packed = pdf("x").replace(shown, bomb)
    packed = packed.replace(b"/Length %d" % len(shown), b"/Filter /FlateDecode /Length %d" % len(bomb))
    assert len(packed) < 2_000_000
    read = await SpawnedReader().read(packed, PDF)
    assert read.text == ""
    assert read.problem in ("TEXT_LIMIT", "TEXT_UNREADABLE")


async def test_little_memory_is_a_reason_and_no_failure() -> None:
    read = await SpawnedReader(memory_bytes=60_000_000).read(word("x" * 40_000_000), DOCX)
    assert read.problem in ("TEXT_LIMIT", "TEXT_UNREADABLE")


async def test_a_reader_has_nothing_of_the_gateways_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PAIFANG_SECRET_KEY", "canary")
    seen = tmp_path / "seen"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, pathlib\npathlib.Path({str(seen)!r}).write_text(str(dict(os.environ)))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert (await SpawnedReader().read(b"twelve", TEXT)).text == "twelve"
    assert "PYTHONPATH" in seen.read_text()
    assert "canary" not in seen.read_text()
