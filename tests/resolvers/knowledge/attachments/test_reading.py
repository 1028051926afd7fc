"""The words of files of each kind; what is broken or too much is told, and never raised."""

import zipfile
from io import BytesIO

import pytest

from resolvers.knowledge.attachments.reading import MAX_CHARS, MAX_PAGES, READERS, read_text
from tests.resolvers.knowledge.attachments.files import pdf, word, word_bomb


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ("退款规则".encode("gb18030"), "text", ["退款规则"]),
        (b"fee,price\nlate,12", "csv", ["fee,price", "late,12"]),
        (b"# Fees\n\nLate **return**: 12", "markdown", ["Fees", "Late return: 12"]),
        (b"<style>x{}</style><p>Late fee</p><p>12</p><script>ran()</script>", "html", ["Late fee", "12"]),
        (word("Late return", "退款", cells=("fee", "12")), "docx", ["Late return", "退款", "fee", "12"]),
        (pdf("Late return", "twelve yuan"), "pdf", ["Late return", "twelve yuan"]),
    ],
)  # fmt: skip
def test_the_words_of_a_file(content: bytes, kind: str, words: list[str]) -> None:
    read = read_text(content, kind)
    assert read.problem is None
    assert [line for line in read.text.splitlines() if line.strip()] == words


@pytest.mark.parametrize("kind", ["pdf", "docx"])
def test_a_broken_file_is_told_as_such(kind: str) -> None:
    for content in (b"", b"%PDF-1.7 and no more", b"PK\x03\x04 word/document.xml"):
        read = read_text(content, kind)
        assert (read.text, read.problem) == ("", "TEXT_UNREADABLE")


def test_a_file_without_words_is_told_as_such() -> None:
    for content, kind in ((pdf(""), "pdf"), (word(""), "docx"), (b" \n", "text")):
        assert read_text(content, kind).problem == "TEXT_MISSING"


def test_a_long_text_is_read_to_a_bound_and_that_is_told() -> None:
    for kind in set(READERS) - {"pdf", "docx"}:
        read = read_text(b"word " * MAX_CHARS, kind)
        assert read.problem == "TEXT_CUT", kind
        assert 0 < len(read.text) <= MAX_CHARS + 10
    read = read_text(word(*["word " * 1_000] * 50), "docx")
    assert read.problem == "TEXT_CUT"


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    bomb = word_bomb(60_000_000)
    assert len(bomb) < 1_000_000
    assert read_text(bomb, "docx").problem == "TEXT_LIMIT"
    many = BytesIO()
    with zipfile.ZipFile(many, "w") as packed:
        for number in range(3_000):
            packed.writestr(f"word/{number}.xml", b"")
    assert read_text(many.getvalue(), "docx").problem == "TEXT_LIMIT"


def test_a_book_of_too_many_pages_is_not_read() -> None:
    assert read_text(pdf(*["x"] * (MAX_PAGES + 1)), "pdf").problem == "TEXT_LIMIT"
