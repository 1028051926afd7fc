"""What a file is, by its content before its name; and a name that does no harm."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from resolvers.knowledge.attachments.errors import AttachmentRefused

MAX_NAME = 150  # characters; a file system takes 255 bytes
LOOKED_AT = 65_536  # bytes that tell whether it is text

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # controls, turners of direction, and what has no form
_HTML = re.compile(rb"\s*(?:<!--.{0,1000}?-->\s*)?<(?:!doctype\s+html|html|head|body|script)\b", re.I | re.S)
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,10})$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`endings` of names, the usual one first. `shown`: the type it is given out as, and no other."""

    name: str
    endings: tuple[str, ...]
    media: str
    shown: str
    readable: bool = False


def _kind(name: str, endings: str, media: str, *, readable: bool = False, shown: str | None = None) -> Kind:
    return Kind(
        name=name, endings=tuple(endings.split()), media=media, shown=shown or media, readable=readable
    )


_OFFICE = "application/vnd.openxmlformats-officedocument"
_BYTES = "application/octet-stream"  # nothing that a browser opens
TEXT = _kind("text", "txt log", "text/plain", readable=True, shown=_BYTES)
MARKDOWN = _kind("markdown", "md markdown", "text/markdown", readable=True, shown=_BYTES)
CSV = _kind("csv", "csv tsv", "text/csv", readable=True, shown=_BYTES)
HTML = _kind("html", "html htm", "text/html", readable=True, shown=_BYTES)
PDF = _kind("pdf", "pdf", "application/pdf", readable=True)
DOCX = _kind("docx", "docx", f"{_OFFICE}.wordprocessingml.document", readable=True)
XLSX = _kind("xlsx", "xlsx", f"{_OFFICE}.spreadsheetml.sheet")
PPTX = _kind("pptx", "pptx", f"{_OFFICE}.presentationml.presentation")
PNG = _kind("png", "png", "image/png")
JPEG = _kind("jpeg", "jpg jpeg", "image/jpeg")
GIF = _kind("gif", "gif", "image/gif")
WEBP = _kind("webp", "webp", "image/webp")

KINDS = {kind.name: kind for kind in (TEXT, MARKDOWN, CSV, HTML, PDF, DOCX, XLSX, PPTX, PNG, JPEG, GIF, WEBP)}
_PACKED = {b"word/document.xml": DOCX, b"xl/workbook.xml": XLSX, b"ppt/presentation.xml": PPTX}
_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG, b"GIF87a": GIF, b"GIF89a": GIF}


def kind_of(content: bytes, name: str) -> Kind:
    """Raises `AttachmentRefused` for what is none of these, or is another than its name says."""
    found = _by_content(content, name)
    ending = _ENDING.search(name)
    if found is None:
        known = ", ".join(f".{kind.endings[0]}" for kind in KINDS.values())
        raise AttachmentRefused(code="ATTACHMENT_TYPE", reason=f"{name!r} is none of {known}")
    if ending is not None and ending[1].lower() not in found.endings:
        said = f"{name!r} holds {found.name}, which its name does not say"
        raise AttachmentRefused(code="ATTACHMENT_TYPE", reason=f"{said}: name it .{found.endings[0]}")
    return found


def safe_name(name: str, kind: Kind) -> str:
    """The last step of a path, without what is not seen or means something to a file system."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(one for one in last if unicodedata.category(one) not in _UNSEEN)
    bare = re.sub(r'[<>:"|?*]', "_", seen).strip()
    stem, ending = bare, f".{kind.endings[0]}"
    if (found := _ENDING.search(bare)) is not None:
        stem, ending = bare[: found.start()], found[0].lower()
    return (stem.strip(" .") or "attachment")[: MAX_NAME - len(ending)] + ending


def decode(content: bytes) -> str | None:
    """The text in one of the encodings that files have; None for what is no text."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                           (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return _decoded(content, encoding)
    return next((text for one in ("utf-8", "gb18030") if (text := _decoded(content, one)) is not None), None)


def _by_content(content: bytes, name: str) -> Kind | None:
    for beginning, kind in _BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in content[:1024]:
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return next((kind for part, kind in _PACKED.items() if part in content), None)
    if not _is_text(content):
        return None
    return HTML if _HTML.match(content.removeprefix(codecs.BOM_UTF8)) else _text_kind(name)


def _text_kind(name: str) -> Kind | None:
    """Text is what its name says, where that is a kind of text."""
    ending = _ENDING.search(name)
    if ending is None:
        return TEXT
    return next((kind for kind in (TEXT, MARKDOWN, CSV, HTML) if ending[1].lower() in kind.endings), None)


def _is_text(content: bytes) -> bool:
    text = decode(content)
    return text is not None and not any(_strange(text[:LOOKED_AT]))


def _strange(text: str) -> Iterator[bool]:
    return (one < " " and one not in "\t\n\r\f\x1b" for one in text)


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
