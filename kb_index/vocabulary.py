"""What one state of the index knows of single terms: in how many documents one is, and how rare so."""

from dataclasses import dataclass
from math import log

from tantivy import Query as Node
from tantivy import Schema, Searcher

MAX_KEPT = 20_000  # terms that are remembered: askers use the same few thousand words


@dataclass(frozen=True, slots=True)
class Known:
    """`rarity` is BM25's; a term that no document has is the rarest."""

    documents: int
    rarity: float
    node: Node  # what looks it up


class Vocabulary:
    """Safe to use from several threads."""

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        self._documents = searcher.num_docs
        self._known: dict[tuple[str, str], Known] = {}

    def of(self, field: str, term: str) -> Known:
        known = self._known.get((field, term))
        if known is None:
            if len(self._known) >= MAX_KEPT:
                self._known.clear()
            known = self._known[field, term] = self._look(field, term)
        return known

    def _look(self, field: str, term: str) -> Known:
        having = self._searcher.doc_freq(field, term)
        rarity = log(1 + (self._documents - having + 0.5) / (having + 0.5))
        return Known(having, rarity, Node.term_query(self._schema, field, term, "freq"))
