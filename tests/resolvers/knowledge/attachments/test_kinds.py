"""What a file is told to be: by its content first, and its name may not say another thing."""

import pytest

from resolvers.knowledge.attachments.errors import AttachmentRefused
from resolvers.knowledge.attachments.kinds import DOCX, HTML, PDF, TEXT, decode, kind_of, safe_name
from tests.resolvers.knowledge.attachments.files import PNG, pdf, word


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (pdf("x"), "a.pdf", "pdf"),
        (pdf("x"), "a", "pdf"),
        (word("x"), "a.DOCX", "docx"),
        (PNG, "a.png", "png"),
        (b"\xff\xd8\xff\xe0", "a.jpeg", "jpeg"),
        (b"GIF89a", "a.gif", "gif"),
        (b"RIFF\0\0\0\0WEBP", "a.webp", "webp"),
        ("退款规则".encode(), "a.txt", "text"),
        ("退款规则".encode("gb18030"), "a.txt", "text"),
        ("退款规则".encode("utf-16"), "a.txt", "text"),
        (b"# Fees", "a.md", "markdown"),
        (b"a,b\n1,2", "a.csv", "csv"),
        (b"<p>x</p>", "a.html", "html"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>x", "a", "html"),
        (b"words", "words", "text"),
    ],
)
def test_a_file_is_what_its_content_is(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name).name == kind


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\0\x03", "a.exe"),
        (b"\x7fELF\x02", "a.txt"),
        (b"PK\x03\x04 nothing of an office", "a.zip"),
        (b"<svg onload=ran()>", "a.svg"),
        (b"words", "a.js"),
        (b"<html><script>ran()</script>", "a.pdf"),
        (b"<html><script>ran()</script>", "a.txt"),
        (pdf("x"), "a.html"),
        (word("x"), "a.pdf"),
        (PNG, "a.jpg"),
    ],
)
def test_what_is_of_no_kind_or_of_another_than_its_name_says_is_refused(content: bytes, name: str) -> None:
    with pytest.raises(AttachmentRefused) as refused:
        kind_of(content, name)
    assert refused.value.code == "ATTACHMENT_TYPE"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Tariff 2026.PDF", "Tariff 2026.pdf"),
        ("收费标准.pdf", "收费标准.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\secret\\a.pdf", "a.pdf"),
        ("a\r\nset-cookie: x.pdf", "aset-cookie_ x.pdf"),
        ("fdp.\u202excod.pdf", "fdp.xcod.pdf"),
        ('"><b>.pdf', "___b_.pdf"),
        ("...", "attachment.pdf"),
        (".pdf", "attachment.pdf"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ],
)
def test_a_name_does_no_harm(name: str, safe: str) -> None:
    assert safe_name(name, PDF) == safe


def test_a_name_without_an_ending_gets_that_of_its_kind() -> None:
    assert [safe_name("a", kind) for kind in (TEXT, HTML, DOCX)] == ["a.txt", "a.html", "a.docx"]


def test_bytes_are_text_in_the_encodings_that_files_have_or_none() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "gb18030"):
        assert decode("退款 refund".encode(encoding)) == "退款 refund"
    assert decode(b"\xff\xd8\xff\xe0") is None
