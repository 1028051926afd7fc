"""Groups of words that mean the same: what an asker writes as one is looked up as all of them."""

from collections.abc import Iterator, Sequence

from kb_index.folding import fold

MAX_GROUP = 50  # phrases that mean the same


class Synonyms:
    """Groups compiled to phrases by their first character."""

    def __init__(self, groups: Sequence[Sequence[str]] = ()) -> None:
        self._others: dict[str, list[str]] = {}
        self._starting: dict[str, list[str]] = {}
        for group in groups:
            phrases = [phrase for one in group[:MAX_GROUP] if (phrase := fold(one).strip())]
            for phrase in phrases:
                if phrase not in self._others:
                    self._starting.setdefault(phrase[0], []).append(phrase)
                others = self._others.setdefault(phrase, [])
                others += [other for other in phrases if other != phrase and other not in others]

    def expand(self, question: str) -> list[str]:
        """The phrases that stand for what the question has; none of them is in it."""
        if not self._others:
            return []
        folded = fold(question)
        found = dict.fromkeys(other for phrase in self._in(folded) for other in self._others[phrase])
        return [other for other in found if other not in folded]

    def _in(self, folded: str) -> Iterator[str]:
        for at, character in enumerate(folded):
            for phrase in self._starting.get(character, ()):
                if folded.startswith(phrase, at) and _is_whole(folded, at, at + len(phrase)):
                    yield phrase


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether letters of a spaced script do not go on beyond the phrase."""
    return not (_joined(text[start - 1 : start], text[start]) or _joined(text[end - 1], text[end : end + 1]))


def _joined(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()
