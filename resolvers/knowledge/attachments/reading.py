"""The words of a file. What it is given may be broken, hostile or endless: run it where it can be ended."""

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from io import BytesIO

from resolvers.knowledge.attachments.attachment import AttachmentText
from resolvers.knowledge.attachments.kinds import CSV, DOCX, HTML, MARKDOWN, PDF, TEXT, decode
from resolvers.knowledge.markup import Markup

MAX_CHARS = 200_000  # of a file's text: what follows is not looked up
MAX_PAGES = 1_000
MAX_UNPACKED_BYTES = 50_000_000
MAX_PARTS = 2_000  # of a packed document
CUT = "TEXT_CUT"
UNREADABLE = "TEXT_UNREADABLE"
LIMIT = "TEXT_LIMIT"
MISSING = "TEXT_MISSING"

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class _Unreadable(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def read_text(content: bytes, kind: str) -> AttachmentText:
    """Never raises for what the file is, unless it uses up the memory."""
    try:
        pieces = READERS[kind](content)
        return _gathered(pieces)
    except _Unreadable as fault:
        return AttachmentText(problem=fault.code, problem_text=str(fault))
    except MemoryError:
        return AttachmentText(problem=LIMIT, problem_text="it takes too much memory to read")
    except Exception as fault:  # libraries raise whatever they stumble over
        told = f"it cannot be read ({type(fault).__name__})"
        return AttachmentText(problem=UNREADABLE, problem_text=told)


def _gathered(pieces: Iterable[str]) -> AttachmentText:
    kept: list[str] = []
    chars = 0
    for piece in pieces:
        kept.append(piece[: MAX_CHARS - chars])
        chars += len(piece)
        if chars > MAX_CHARS:
            told = f"its first {MAX_CHARS} characters are searched"
            return AttachmentText(text="\n".join(kept), problem=CUT, problem_text=told)
    text = "\n".join(kept)
    if not text.strip():
        return AttachmentText(problem=MISSING, problem_text="no words are in it: it may be a scan")
    return AttachmentText(text=text)


def _plain(content: bytes) -> Iterator[str]:
    yield decode(content) or ""


def _html(content: bytes) -> Iterator[str]:
    yield Markup().to_text((decode(content) or "")[: MAX_CHARS * 10], "html")


def _markdown(content: bytes) -> Iterator[str]:
    yield Markup().to_text((decode(content) or "")[: MAX_CHARS * 2], "markdown")


def _pdf(content: bytes) -> Iterator[str]:
    reader = import_module("pypdf").PdfReader(BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Unreadable(UNREADABLE, "it opens with a password only")
    if len(reader.pages) > MAX_PAGES:
        raise _Unreadable(LIMIT, f"it has more than {MAX_PAGES} pages")
    for page in reader.pages:
        yield page.extract_text()


def _docx(content: bytes) -> Iterator[str]:
    with zipfile.ZipFile(BytesIO(content)) as packed:
        parts = packed.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise _Unreadable(LIMIT, f"unpacked it is larger than {MAX_UNPACKED_BYTES} bytes")
    document = import_module("docx").Document(BytesIO(content))
    for paragraph in document.element.body.iter(f"{_WORD}p"):
        yield "".join(text.text or "" for text in paragraph.iter(f"{_WORD}t"))


READERS: Mapping[str, Callable[[bytes], Iterator[str]]] = {
    TEXT.name: _plain,
    CSV.name: _plain,
    MARKDOWN.name: _markdown,
    HTML.name: _html,
    PDF.name: _pdf,
    DOCX.name: _docx,
}
