"""The documents agree with the tree, and the project speaks of itself alone."""

import re
from pathlib import PurePath

import pytest

from tests.house.checkout import BUILT, PACKAGES, TOP, text_of, tracked

ADRS = tracked("docs/adr/*.md")
# One machine's folders and the course of the work age at once; the tree speaks of what the product is.
# `session` alone is fine: HTTP and MongoDB have them.
FOREIGN = re.compile(
    r"(?<![\w.}])/(?:work|home|root)/\w"
    r"|\b(?:this|previous|last|coding) session\b|\bissue #?\d+\b|\bthe brief\b",
    re.IGNORECASE,
)


def paths_in(document: str) -> list[str]:
    """What a document puts in backticks and looks like a path of this checkout."""
    return [
        name for name in re.findall(r"`([\w./-]+)`", document) if "/" in name and not name.startswith("/")
    ]


def test_paths_of_the_map_exist() -> None:
    listed = paths_in(text_of("ARCHITECTURE.md"))
    assert listed
    assert [name for name in listed if not (TOP / name).exists()] == []


def test_the_map_names_every_top_folder() -> None:
    folders = {PurePath(name).parts[0] for name in tracked() if len(PurePath(name).parts) > 1}
    missing = [folder for folder in sorted(folders) if f"`{folder}/" not in text_of("ARCHITECTURE.md")]
    assert missing == []


def test_the_map_names_every_package() -> None:
    found = {f"{PurePath(name).parent}/" for name in tracked("*/__init__.py") if name.startswith(PACKAGES)}
    assert len(found) > len(PACKAGES)
    assert [name for name in sorted(found) if f"`{name}`" not in text_of("ARCHITECTURE.md")] == []


@pytest.mark.parametrize("name", tracked("*.md"))
def test_relative_links_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text_of(name))
    assert [link for link in links if not ((TOP / name).parent / link).exists()] == []


def test_the_two_commands_stand_on_the_first_screen() -> None:
    first_screen = "\n".join(text_of("README.md").splitlines()[:30])
    assert "scripts/run" in first_screen
    assert "scripts/test" in first_screen


@pytest.mark.parametrize("name", ADRS)
def test_a_decision_is_short_and_complete(name: str) -> None:
    text = text_of(name)
    assert len(text.splitlines()) <= 40
    assert re.match(rf"# {PurePath(name).name[:4]}: ", text), "begins with `# <number>: `"
    headings = re.findall(r"^## (.*)$", text, re.M)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]


def test_decisions_are_listed_by_their_titles() -> None:
    titles = {name: text_of(name).splitlines()[0].partition(": ")[2] for name in ADRS}
    lines = [f"* [{PurePath(n).name[:4]}](adr/{PurePath(n).name}) {titles[n]}" for n in sorted(ADRS)]
    assert "\n".join(lines) in text_of("docs/README.md")


def test_decisions_are_numbered_once() -> None:
    numbers = [PurePath(name).name[:4] for name in ADRS]
    assert sorted(set(numbers)) == sorted(numbers)


def test_the_tree_speaks_of_the_product_alone() -> None:
    own = PurePath(__file__).relative_to(TOP).as_posix()
    looked_at = [
        name
        for name in tracked()
        if name != own and not name.startswith(BUILT) and not name.endswith(".lock")
    ]
    found = [(name, match[0]) for name in looked_at for match in FOREIGN.finditer(text_of(name))]
    assert found == []


@pytest.mark.parametrize("text", ["see issue 12", "in the previous session", "cd /home/ann/paifang"])
def test_a_foreign_trace_is_noticed(text: str) -> None:
    assert FOREIGN.search(text)


def test_the_words_of_the_trade_are_no_foreign_traces() -> None:
    assert not FOREIGN.search("a MongoDB session; session-scoped fixtures; frameworks; api/home/x")
