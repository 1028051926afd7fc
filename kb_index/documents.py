"""Find the documents of one kind that share terms with a question, those that its caller may see."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from tantivy import DocAddress, Searcher
from tantivy import Query as Node

from kb_index.asking import Query
from kb_index.filters import Filters, either
from kb_index.terms import Telling

DEPTH = 100  # documents that are looked at first
LOOKED_AT = 300  # documents that are looked at without filters, and then held to them one by one
ENOUGH = 30  # of them that may be seen
MAX_DEPTH = 3_000  # and at most, where few articles own them all
MAX_PINNED = 20
MAX_NAMED = 10  # articles that another ranking names and that are looked for one by one

Scores = Sequence[tuple[float, DocAddress]]


class Matching(NamedTuple):
    """A document, and the number of its article."""

    number: int
    score: float
    address: DocAddress


class Documents:
    """Those of one state of the index."""

    def __init__(self, searcher: Searcher, filters: Filters) -> None:
        self._searcher = searcher
        self._filters = filters

    def matching(self, asked: Telling, query: Query) -> list[Matching]:
        """Best first, as many as tell the best articles."""
        union = either([Node.boost_query(known.node, weight) for known, weight in asked.terms])
        found = self._first_seen(union, query)
        return self._filtered(union, query) if found is None else found

    def whole(self, field: str, mark: str, query: Query) -> dict[int, DocAddress]:
        """Articles that are for exactly this question, the newest first."""
        if not self._searcher.doc_freq(field, mark):
            return {}
        asked = self._filters.within(self._filters.is_(field, mark), query)
        hits = self._searcher.search(asked, MAX_PINNED, count=False, order_by_field="published").hits
        addresses = [address for _, address in hits]
        return dict(zip(self._numbers(addresses), addresses, strict=True))

    def named(self, query: Query, found: Set[int]) -> dict[int, DocAddress]:
        """Articles that other rankings name and words did not find, those that may be seen."""
        named = dict.fromkeys(number for one in query.rankings for number in one.numbers[:MAX_NAMED])
        seen: dict[int, DocAddress] = {}
        for number in named:
            if number not in found:
                asked = self._filters.within(self._filters.number(number), query)
                hits = self._searcher.search(asked, 1, count=False).hits
                seen.update((number, address) for _, address in hits)
        return seen

    def _first_seen(self, union: Node, query: Query) -> list[Matching] | None:
        """Those of the first ones that may be seen; None where they are too few, and there are more.

        A union alone skips what cannot be among the first; beside filters it would visit every document.
        """
        if query.kinds or query.category or query.tags or query.attributes:
            return None
        hits = self._searcher.search(union, LOOKED_AT, count=False).hits
        seen = self._filters.seen([address for _, address in hits], query.sight)
        if seen is None:
            return None
        found = self._owned([hit for hit, may_be_seen in zip(hits, seen, strict=True) if may_be_seen])
        if len(found) >= ENOUGH and _has_many(found):
            return found[:DEPTH] if _has_many(found[:DEPTH]) else found
        return found if len(hits) < LOOKED_AT else None

    def _filtered(self, union: Node, query: Query) -> list[Matching]:
        asked = self._filters.within(union, query)
        depth = DEPTH
        while True:
            hits = self._searcher.search(asked, depth, count=False).hits
            found = self._owned(hits)
            if len(hits) < depth or depth >= MAX_DEPTH or _has_many(found):
                return found
            depth = min(MAX_DEPTH, depth * 5)

    def _owned(self, hits: Scores) -> list[Matching]:
        numbers = self._numbers([address for _, address in hits])
        return [
            Matching(number, score, address) for number, (score, address) in zip(numbers, hits, strict=True)
        ]

    def _numbers(self, addresses: list[DocAddress]) -> list[int]:
        return [int(one or 0) for one in self._searcher.fast_field_values("number", addresses)]


def _has_many(found: Sequence[Matching]) -> bool:
    """Whether enough articles own these documents."""
    return len({one.number for one in found}) >= DEPTH // 4
