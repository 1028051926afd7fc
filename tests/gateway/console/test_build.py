"""The committed console files are what the source builds, and nothing in them reaches for another host."""

import os
import re
from pathlib import Path

import pytest

from scripts.build_console import (
    OUTPUT,
    SOURCE,
    all_files,
    differences,
    digest,
    output_digests,
    rebuild_differences,
    recorded,
    source_digests,
)

FOREIGN_LOAD = re.compile(
    rb"esm\.sh|unpkg|jsdelivr|cdnjs|skypack|googleapis|gstatic"
    rb"""|(?:import|from|importScripts|src=|url|Worker)\s*\(?\s*["'`]?\s*(?:https?:)?//"""
    rb"""|<link[^>]+href=["']?(?:https?:)?//"""
)
MAX_TOTAL_BYTES = 8_000_000  # 6.6 MB when written; a new language or library in the editor shows here


def test_the_source_is_what_the_committed_files_were_built_from():
    source, _ = recorded()
    assert differences(source, source_digests()) == [], "run scripts/build-console and commit what it writes"


def test_no_committed_file_was_edited_added_or_lost_since():
    _, output = recorded()
    assert differences(output, output_digests()) == [], "run scripts/build-console and commit what it writes"


def test_an_edited_an_added_and_a_lost_file_are_all_found():
    found = differences({"kept": "1", "edited": "1", "lost": "1"}, {"kept": "1", "edited": "2", "added": "1"})
    assert found == ["added", "edited", "lost"]


def test_a_rebuild_gives_the_same_bytes():
    installed = SOURCE / "node_modules" / ".installed-from"
    current = installed.is_file() and installed.read_text() == digest(SOURCE / "package-lock.json")
    if not current and not os.environ.get("CI"):
        pytest.skip("console packages are not installed; type: scripts/build-console --check")
    assert rebuild_differences() == []


@pytest.mark.parametrize(
    "file", [file for file in all_files(OUTPUT) if file.suffix in {".js", ".css"}], ids=lambda f: f.name
)
def test_no_built_file_loads_from_another_host(file: Path):
    assert not FOREIGN_LOAD.search(file.read_bytes())


@pytest.mark.parametrize(
    "text",
    [
        b'import("https://host/x.js")',
        b"import x from '//host/x'",
        b"url(https://host/font.woff2)",
        b'new Worker("https://host/w.js")',
        b"https://unpkg.com/react",
    ],
)
def test_a_foreign_load_would_be_found(text: bytes):
    assert FOREIGN_LOAD.search(text)


def test_the_built_files_carry_no_source_map_and_stay_small():
    files = all_files(OUTPUT)
    assert not [file for file in files if file.suffix == ".map"]
    assert sum(file.stat().st_size for file in files) < MAX_TOTAL_BYTES


def test_no_registry_address_is_committed():
    lock = (SOURCE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "://registry" not in lock
    assert "omit-lockfile-registry-resolved=true" in (SOURCE / ".npmrc").read_text().splitlines()
