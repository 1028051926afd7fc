"""Spell a question with words that the index has, where it has words that the index lacks."""

import re
from difflib import get_close_matches

from tantivy import Searcher

from kb_index.analysis import stem, surfaces
from kb_index.fields import ARTICLE

MIN_CHARS = 4  # a shorter word is near too many others
NEAR = 0.75
MAX_WORDS = 10  # of a question that are held to the index
MAX_NEAR = 500  # words that begin alike


def correct(question: str, searcher: Searcher) -> str | None:
    """None where every word is known, or none is near.

    Chinese needs none of it: its characters are looked up one by one.
    """
    found: dict[str, str] = {}
    for word in surfaces(question)[:MAX_WORDS]:
        if len(word) >= MIN_CHARS and not searcher.doc_freq(f"{ARTICLE}_words", stem(word)):
            near = _near(word, searcher)
            if near is not None:
                found[word] = near
    if not found:
        return None
    pattern = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in found), re.IGNORECASE)
    return pattern.sub(lambda match: found.get(match.group().lower(), match.group()), question)


def _near(word: str, searcher: Searcher) -> str | None:
    """Known words that begin with the same letter, or the same two with the first two swapped."""
    begins = dict.fromkeys((word[:2], word[1] + word[0], word[0]))
    known = [
        term for begin in begins for term, _ in searcher.terms_with_prefix("surface", begin, None, MAX_NEAR)
    ]
    near = get_close_matches(word, known, n=1, cutoff=NEAR)
    return near[0] if near else None
