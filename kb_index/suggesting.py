"""Questions that somebody who has typed this much may mean."""

from collections.abc import Sequence

from tantivy import Occur, Schema, Searcher
from tantivy import Query as Node

from kb_index.analysis import CHARACTER, PIECE, analyse, stem
from kb_index.edition import Sight
from kb_index.fields import QUESTION, Card
from kb_index.filters import Filters
from kb_index.folding import fold, normalise

MAX_PREFIX_CHARS = 200
MAX_COMPLETIONS = 50  # words that a word half typed may become
LOOKED_AT = 10  # times as many questions as are wanted: those that begin so are put first


class Suggestions:
    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        self._filters = Filters(schema, searcher)

    def suggest(self, prefix: str, sight: Sight, *, first: int) -> list[str]:
        """Whole questions, those that begin with the prefix before those that have all of it."""
        prefix = prefix[:MAX_PREFIX_CHARS]
        typed = self._typed(fold(prefix))
        if not typed:
            return []
        near = [(Occur.Should, self._term("grams", gram)) for gram in dict.fromkeys(analyse(prefix).grams)]
        query = Node.boolean_query([*typed, *near, *self._filters.of_sight(sight)])
        found = self._searcher.search(query, first * LOOKED_AT, count=False).hits
        texts = [Card.of(self._searcher.doc(address)).text for _, address in found]
        return _ordered(texts, normalise(prefix))[:first]

    def _typed(self, folded: str) -> list[tuple[Occur, Node]]:
        """Every word must be there; the last one may go on."""
        pieces = list(PIECE.finditer(folded))
        clauses: list[tuple[Occur, Node]] = []
        for piece in pieces:
            text = piece.group()
            if CHARACTER.match(text):
                clauses += [(Occur.Must, self._term("words", one)) for one in dict.fromkeys(text)]
            elif piece.end() < len(folded):
                clauses.append((Occur.Must, self._term("words", stem(text))))
            else:
                clauses.append((Occur.Must, self._completed(text)))
        return clauses

    def _completed(self, begun: str) -> Node:
        words = self._searcher.terms_with_prefix("surface", begun, None, MAX_COMPLETIONS)
        ways = [(Occur.Should, self._filters.any_of("surface", [word for word, _ in words]))]
        return Node.boolean_query([*ways, (Occur.Should, self._term("words", stem(begun)))])

    def _term(self, kind: str, term: str) -> Node:
        return Node.term_query(self._schema, f"{QUESTION}_{kind}", term, "freq")


def _ordered(texts: Sequence[str], prefix: str) -> list[str]:
    """As they came, those first that begin with what was typed, then those that contain it; each once."""
    ways = {text: normalise(text) for text in texts}

    def place(text: str) -> int:
        way = ways[text]
        return 0 if way.startswith(prefix) else 1 if prefix in way else 2

    return sorted(ways, key=place)
