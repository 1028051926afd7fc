"""A long text as passages of about the length of an article: what is found in it is found in one of them."""

from collections.abc import Iterator

PASSAGE_CHARS = 1_000
MAX_PASSAGES = 200  # of one text: what follows is not looked up
_ENDS = ("\n\n", "\n", "。", ". ", " ")  # where a passage ends rather than amid a word, the best first


def cut(text: str) -> Iterator[tuple[int, str]]:
    """Where each begins, and its words; together they are the text, but for spaces between."""
    start = 0
    for _ in range(MAX_PASSAGES):
        end = _end(text, start)
        passage = text[start:end].strip()
        if passage:
            yield start, passage
        start = end
        if start >= len(text):
            return


def _end(text: str, start: int) -> int:
    """At the last good place in the second half of what a passage may have."""
    most = start + PASSAGE_CHARS
    if most >= len(text):
        return len(text)
    places = (text.rfind(end, start + PASSAGE_CHARS // 2, most) + len(end) for end in _ENDS)
    return next((place for place in places if place > start + PASSAGE_CHARS // 2), most)
