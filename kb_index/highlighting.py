"""Show in a text what a question has found there: safe HTML with <mark>."""

from collections.abc import Set
from html import escape

from kb_index.analysis import CHARACTER, PIECE, stem, words_of
from kb_index.folding import fold

MAX_CHARS = 160  # of an excerpt
BEFORE = 40  # characters that stand before the first mark


def highlight(text: str, question: str) -> str:
    """The text around its first mark, escaped, every term of the question marked."""
    spans = marked_spans(text, words_of(question))
    start = max(0, spans[0][0] - BEFORE) if spans and len(text) > MAX_CHARS else 0
    end = min(len(text), start + MAX_CHARS)
    parts: list[str] = ["…"] if start else []
    at = start
    for begin, stop in spans:
        if at <= begin < end:
            stop = min(stop, end)
            parts += [escape(text[at:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
            at = stop
    parts.append(escape(text[at:end]))
    return "".join(parts) + ("…" if end < len(text) else "")


def marked_spans(text: str, words: Set[str]) -> list[tuple[int, int]]:
    """Where terms of these stand in the text, neighbours joined; positions are characters of the text."""
    spans: list[tuple[int, int]] = []
    for piece in PIECE.finditer(text):
        for start, end, word in _words_in(piece.group(), piece.start()):
            if word not in words:
                continue
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans


def _words_in(piece: str, start: int) -> list[tuple[int, int, str]]:
    """The terms of a run; folded one by one, so that their places are those of the text itself."""
    if CHARACTER.match(piece):
        return [(start + at, start + at + 1, fold(one)) for at, one in enumerate(piece)]
    return [(start, start + len(piece), stem(fold(piece)))]
