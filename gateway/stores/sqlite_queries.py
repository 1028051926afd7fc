"""A look-up as SQL: one range of an index table's primary key, joined with the documents."""

from typing import TypeAlias

from gateway.stores.indexing import KIND_FLOORS, Key, Lookup, key_of, kind_of
from gateway.stores.sqlite_entries import table_of

Condition: TypeAlias = tuple[str, tuple[Key, ...]]


def select_sql(lookup: Lookup) -> tuple[str, list[Key]]:
    """The statement for one page and one document more, and its arguments."""
    query, index = lookup.query, lookup.index
    conditions = [*_equalities(lookup), *_bounds(lookup), *_beyond_cursor(lookup)]
    where = " AND ".join(condition for condition, _ in conditions) or "true"
    direction = "DESC" if query.descending else "ASC"
    sorting = ", ".join(f"e.{column} {direction}" for column in _sorting(lookup))
    documents = f'"{query.collection.name}"'
    entries = table_of(query.collection, index) if index else documents
    sql = (
        f"SELECT d.id, d.version, d.body FROM {entries} e CROSS JOIN {documents} d ON d.id = e.id"
        f" WHERE {where} ORDER BY {sorting} LIMIT ?"
    )
    return sql, [*(argument for _, arguments in conditions for argument in arguments), query.limit + 1]


def _equalities(lookup: Lookup) -> list[Condition]:
    fields = lookup.index.fields if lookup.index else ()
    return [(f"e.k{at} = ?", (key_of(lookup.query.equal[name]),)) for at, name in enumerate(fields)]


def _bounds(lookup: Lookup) -> list[Condition]:
    """An open end stops at the end of the bound's own kind."""
    low, high = lookup.query.at_least, lookup.query.below
    bound = high if low is None else low
    if bound is None:
        return []
    floor, ceiling = KIND_FLOORS[kind_of(bound)], KIND_FLOORS[kind_of(bound) + 1]
    lower: Condition = ("e.o >= ?", (floor if low is None else key_of(low),))
    upper: Condition = ("e.o < ?", (ceiling if high is None else key_of(high),))
    if lookup.after_id is not None:
        # The cursor is within the bounds; with two conditions on one end SQLite begins at the wider one.
        return [lower] if lookup.query.descending else [upper]
    return [lower, upper]


def _beyond_cursor(lookup: Lookup) -> list[Condition]:
    if lookup.after_id is None:
        return []
    order = () if lookup.after_order is None else (key_of(lookup.after_order),)
    columns = ", ".join(f"e.{column}" for column in _sorting(lookup))
    beyond = "<" if lookup.query.descending else ">"
    marks = ", ".join("?" * (len(order) + 1))
    return [(f"({columns}) {beyond} ({marks})", (*order, lookup.after_id))]


def _sorting(lookup: Lookup) -> list[str]:
    return ["o", "id"] if lookup.index and lookup.index.order else ["id"]
