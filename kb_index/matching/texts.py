"""Which texts of conditions are close to a question: those of which it has a large enough share.

A text's terms have weights; its score is the share of their sum that the question's terms make up. A text
that scores s or more cannot miss terms that make up more than 1 - s of it: so it is found by its rarest terms
that together make up just more than that, and questions look at few texts (prefix filter of set similarity).
"""

from collections.abc import Callable, Mapping

Terms = Mapping[str, float]  # term → weight
Analyse = Callable[[str], Terms]
ROUNDING = 1e-9  # sums of weights come out a little differently in another order


def share_of(text: Terms, question: Terms) -> float:
    """How much of the text the question has: 0 to 1."""
    whole = sum(text.values())
    return sum(weight for term, weight in text.items() if term in question) / whole if whole else 0.0


class TextIndex:
    """Texts of conditions by slot. `analyse` gives a text's terms; who scores `threshold` or more holds."""

    def __init__(self, analyse: Analyse, threshold: float) -> None:
        self.analyse = analyse
        self.threshold = threshold
        self._texts: dict[int, tuple[tuple[Terms, float], ...]] = {}  # with the sum of the weights
        self._found_by: dict[str, dict[int, None]] = {}  # a rare term → slots, in order of arrival
        self._seen: dict[str, int] = {}  # in how many texts a term was ever met

    def learn(self, texts: tuple[str, ...]) -> None:
        """Meet texts that are to be added: what is rare is known before the first one is."""
        for text in texts:
            for term in self.analyse(text):
                self._seen[term] = self._seen.get(term, 0) + 1

    def add(self, slot: int, texts: tuple[str, ...]) -> None:
        self._texts[slot] = tuple((terms, sum(terms.values())) for terms in map(self.analyse, texts))
        for terms, _ in self._texts[slot]:
            for term in self._rarest(terms):
                self._found_by.setdefault(term, {})[slot] = None

    def drop(self, slot: int) -> None:
        for terms, _ in self._texts.pop(slot):
            for term in terms:
                self._found_by.get(term, {}).pop(slot, None)

    def holding(self, question: Terms) -> dict[int, float]:
        """The conditions of which a text holds, with their best score."""
        seen: set[int] = set()
        for term in question:
            seen.update(self._found_by.get(term, ()))
        scores = {slot: self.score(slot, question) for slot in seen}
        return {slot: score for slot, score in scores.items() if self.is_close(score)}

    def is_close(self, score: float) -> bool:
        return score >= self.threshold - ROUNDING

    def score(self, slot: int, question: Terms) -> float:
        best = 0.0
        for terms, whole in self._texts[slot]:
            got = 0.0
            for term, weight in terms.items():
                if term in question:
                    got += weight
            if got > best * whole:
                best = got / whole
        return best

    def _rarest(self, terms: Terms) -> list[str]:
        enough = (1 - self.threshold) * sum(terms.values()) + 2 * ROUNDING
        chosen: list[str] = []
        for term in sorted(terms, key=lambda term: (self._seen.get(term, 0), term)):
            chosen.append(term)
            enough -= terms[term]
            if enough < 0:
                break
        return chosen
