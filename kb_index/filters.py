"""Which documents a caller's eyes may see, as a query that scores nothing."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

from tantivy import DocAddress, FieldType, Occur, Schema, Searcher
from tantivy import Query as Node

from kb_index.asking import Query
from kb_index.edition import Sight
from kb_index.fields import BOUNDED, FOR_ALL, OPEN, micros, number_of, path_text, value_text
from kb_index.readers import Readers, read

MAX_SIGHTS = 200  # eyes that are remembered for a state of the index
MAX_VALUES = 1_000  # of a field that are listed once for a state of the index

Clause = tuple[Occur, Node]


class Filters:
    """Builds the filters of one searcher; it must know which dimensions any document is for.

    A filter costs as much as half the terms of a question: one that every document passes is left out.
    """

    def __init__(self, schema: Schema, searcher: Searcher) -> None:
        self._schema = schema
        self._searcher = searcher
        told = searcher.terms_with_prefix("readers", "", None, MAX_VALUES)
        self._readers: Mapping[object, Readers] = {number_of(text): read(text) for text, _ in told}
        self._seen_by: dict[tuple[object, ...], dict[object, bool]] = {}
        self._dimensions = tuple(name for name, _ in searcher.terms_with_prefix("dimension", ""))
        self._values = {
            field: {value for value, _ in searcher.terms_with_prefix(field, "", None, MAX_VALUES)}
            for field in ("window", "unit", "channel", "audience")
        }

    def within(self, asked: Node, query: Query) -> Node:
        """What is asked, cut to what may be seen and to what the caller narrows it to."""
        clauses = self.of_sight(query.sight) + self.of_query(query)
        return Node.boolean_query([(Occur.Must, asked), *clauses]) if clauses else asked

    def seen(self, addresses: Sequence[DocAddress], sight: Sight) -> list[bool] | None:
        """Of each document whether `of_sight` holds; None where that cannot be told so."""
        places = list(addresses)
        numbers = self._searcher.fast_field_values("readers_number", places)
        known = self._included(sight)
        for number in set(numbers) - known.keys():
            readers = self._readers.get(number)
            if readers is None:
                return None
            known[number] = readers.include(sight)
        seen = [known[number] for number in numbers]
        return seen if self._all_within("window", {OPEN}) else self._open(places, seen, micros(sight.at))

    def _included(self, sight: Sight) -> dict[object, bool]:
        """Which readers include these eyes, as far as they were held to each other: callers come again."""
        eyes = (sight.units, sight.channels, sight.audiences, sight.every_dimension)
        key = (*eyes, frozenset(sight.dimensions.items()))
        known = self._seen_by.get(key)
        if known is None:
            if len(self._seen_by) >= MAX_SIGHTS:
                self._seen_by.clear()
            known = self._seen_by[key] = {}
        return known

    def _open(self, places: list[DocAddress], seen: list[bool], now: int) -> list[bool]:
        bounds = (self._searcher.fast_field_values(name, places) for name in ("from", "to"))
        return [
            one and int(since or 0) <= now < int(until or 0)
            for one, since, until in zip(seen, *bounds, strict=True)
        ]

    def of_sight(self, sight: Sight) -> list[Clause]:
        """Clauses that hold for exactly what may be seen."""
        clauses: list[Clause] = []
        if not self._all_within("window", {OPEN}):
            clauses.append((Occur.Must, self._window(sight.at)))
        if sight.units is not None:
            clauses += self._one_of("unit", sight.units)
        if sight.channels is not None:
            clauses += self._one_of("channel", {FOR_ALL, *sight.channels})
        if sight.audiences is not None:
            clauses += self._one_of("audience", {FOR_ALL, *sight.audiences})
        return clauses + self._dimension_clauses(sight)

    def of_query(self, query: Query) -> list[Clause]:
        """What the caller narrows by itself."""
        clauses: list[Clause] = []
        if query.kinds:
            clauses.append((Occur.Must, self.any_of("kind", query.kinds)))
        if query.category:
            clauses.append((Occur.Must, self.is_("category", path_text(query.category))))
        clauses += [(Occur.Must, self.is_("tag", tag)) for tag in query.tags]
        wanted = (value_text(name, value) for name, value in query.attributes.items())
        return clauses + [(Occur.Must, self.is_("attribute", one)) for one in wanted]

    def is_(self, field: str, value: str) -> Node:
        return silent(Node.term_query(self._schema, field, value, "basic"))

    def number(self, number: int) -> Node:
        return silent(Node.term_query(self._schema, "number", number, "basic"))

    def any_of(self, field: str, values: Iterable[str]) -> Node:
        """Nothing where there are no values."""
        return silent(either([Node.term_query(self._schema, field, one, "basic") for one in sorted(values)]))

    def _one_of(self, field: str, values: Set[str]) -> list[Clause]:
        return [] if self._all_within(field, values) else [(Occur.Must, self.any_of(field, values))]

    def _all_within(self, field: str, values: Set[str]) -> bool:
        """Whether no document has another value; unknown where there are too many to list."""
        known = self._values[field]
        return len(known) < MAX_VALUES and known <= values

    def _dimension_clauses(self, sight: Sight) -> list[Clause]:
        """What is for other values than those named; and what is for values of one that is not named."""
        clauses: list[Clause] = []
        for name in self._dimensions:
            named = sight.dimensions.get(name)
            if named:
                seen = self.any_of("value", (value_text(name, value) for value in named))
                others = Node.boolean_query(
                    [(Occur.Must, self.is_("dimension", name)), (Occur.MustNot, seen)]
                )
                clauses.append((Occur.MustNot, others))
            elif not sight.every_dimension:
                clauses.append((Occur.MustNot, self.is_("dimension", name)))
        return clauses

    def _window(self, at: datetime) -> Node:
        now = micros(at)
        begun = Node.range_query(self._schema, "from", FieldType.Integer, None, now)
        lasts = Node.range_query(self._schema, "to", FieldType.Integer, now, None, include_lower=False)
        bounded = every([self.is_("window", BOUNDED), begun, lasts])
        return silent(either([self.is_("window", OPEN), bounded]))


def silent(query: Node) -> Node:
    return Node.const_score_query(query, 0.0)


def every(queries: Sequence[Node]) -> Node:
    return Node.boolean_query([(Occur.Must, one) for one in queries])


def either(queries: Sequence[Node]) -> Node:
    match queries:
        case []:
            return Node.empty_query()
        case [one]:
            return one
        case _:
            return Node.boolean_query([(Occur.Should, one) for one in queries])
