"""A unit's category: the JSON Schema that `attributes` of its articles keep, by revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from engine.flow.model import JsonObject
from resolvers.ports import Collection, Document, Index

CATEGORIES = Collection(
    name="article_categories", feed=False, indexes=(Index(name="by_unit", fields=("unit",), order="path"),)
)
SEPARATOR = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCategory:
    """`schema` None: it had one. `revision` is the document's version too."""

    unit: str
    path: tuple[str, ...]
    schema: JsonObject | None
    revision: int
    updated_at: datetime
    updated_by: str


def category_id(unit: str, path: Sequence[str]) -> str:
    return f"{unit}@{SEPARATOR.join(path)}"  # a step has no /, and a path no @ before its first


def category_to_document(category: ArticleCategory) -> Document:
    """The schema as text: what its keys mean to a store must not matter."""
    return {
        "id": category_id(category.unit, category.path),
        "version": category.revision,
        "unit": category.unit,
        "path": SEPARATOR.join(category.path),
        "schema": None if category.schema is None else orjson.dumps(category.schema).decode(),
        "updated_at": category.updated_at,
        "updated_by": category.updated_by,
    }


def category_of(document: Document) -> ArticleCategory:
    schema = document["schema"]
    return ArticleCategory(
        unit=document["unit"],
        path=tuple(document["path"].split(SEPARATOR)),
        schema=None if schema is None else cast("JsonObject", orjson.loads(schema)),  # as saved
        revision=document["version"],
        updated_at=document["updated_at"],
        updated_by=document["updated_by"],
    )
