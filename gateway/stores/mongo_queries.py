"""Look-ups and declared indexes in MongoDB's words. A value stands behind an operator, never is one."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from gateway.stores.codec import time_text
from gateway.stores.indexing import Lookup, kind_of
from resolvers.ports import Index, Scalar

Filter = dict[str, Any]  # Any: MongoDB's query language

# The server itself removes a document some time after the date in this field; no declared index has the name.
EXPIRY = IndexModel([("expires", ASCENDING)], name="_expires", expireAfterSeconds=0)

_KIND_FLOORS: tuple[object, ...] = (float("-inf"), "", {})  # where numbers, texts and times begin
_SCALAR_TYPES = ["number", "string", "bool", "object"]  # as BSON names them; times are tagged objects


def index_model(index: Index) -> IndexModel:
    """The declared index on the bodies' fields; a unique one only over documents that have all of them."""
    keys = [(f"body.{name}", ASCENDING) for name in index.fields]
    if index.unique:
        complete = {name: {"$type": _SCALAR_TYPES} for name, _ in keys}
        return IndexModel(keys, name=index.name, unique=True, partialFilterExpression=complete)
    if index.order:
        keys.append((f"body.{index.order}", ASCENDING))
    return IndexModel([*keys, ("_id", ASCENDING)], name=index.name)


def filter_of(lookup: Lookup) -> Filter:
    query, index = lookup.query, lookup.index
    conditions: list[Filter] = [
        {f"body.{name}": {"$eq": plain_scalar(value)}} for name, value in query.equal.items()
    ]
    if index and index.unique:  # lets the planner use the partial index
        conditions += [{f"body.{name}": {"$type": _SCALAR_TYPES}} for name in index.fields]
    if index and index.order:
        conditions.append({f"body.{index.order}": {"$ne": None}})
        if query.at_least is not None:
            conditions.append({f"body.{index.order}": {"$gte": plain_scalar(query.at_least)}})
        if query.below is not None:
            conditions.append({f"body.{index.order}": {"$lt": plain_scalar(query.below)}})
    if lookup.after_id is not None:
        conditions.append(_beyond_cursor(lookup, lookup.after_id))
    return {"$and": conditions} if conditions else {}


def sort_of(lookup: Lookup) -> list[tuple[str, int]]:
    direction = DESCENDING if lookup.query.descending else ASCENDING
    order = [(f"body.{lookup.index.order}", direction)] if lookup.index and lookup.index.order else []
    return [*order, ("_id", direction)]


def plain_scalar(value: Scalar) -> object:
    return {"%at": time_text(value)} if isinstance(value, datetime) else value


def _beyond_cursor(lookup: Lookup, after_id: str) -> Filter:
    """MongoDB compares within a kind only, so that the kinds beyond the cursor's are named one by one."""
    beyond = "$lt" if lookup.query.descending else "$gt"
    if lookup.after_order is None or not lookup.index:
        return {"_id": {beyond: after_id}}
    name, here = f"body.{lookup.index.order}", plain_scalar(lookup.after_order)
    kind = kind_of(lookup.after_order)
    others = _KIND_FLOORS[:kind] if lookup.query.descending else _KIND_FLOORS[kind + 1 :]
    return {
        "$or": [
            {name: {beyond: here}},
            {name: {"$eq": here}, "_id": {beyond: after_id}},
            *({name: {"$gte": floor}} for floor in others),
        ]
    }
