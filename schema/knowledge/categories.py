"""Categories of articles, as clients see and save them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from resolvers.knowledge import categorising, category
from schema.given import given
from schema.objects import given_object


@strawberry.type(description="What a unit asks of the attributes of its articles there and below.")
class ArticleCategory:
    unit: str
    path: list[str]
    schema: JSON | None = strawberry.field(description="JSON Schema 2020-12; null: it had one")
    revision: int
    updated_at: datetime
    updated_by: str

    @classmethod
    def of(cls, found: category.ArticleCategory) -> ArticleCategory:
        return cls(
            unit=found.unit,
            path=list(found.path),
            schema=None if found.schema is None else JSON(found.schema),
            revision=found.revision,
            updated_at=found.updated_at,
            updated_by=found.updated_by,
        )


@strawberry.input(description="expectedRevision: the one you have seen, 0 where there was none")
class ArticleCategoryInput:
    unit: str
    path: list[str]
    schema: JSON | None = UNSET
    expected_revision: int | None = UNSET

    def to_given(self) -> categorising.CategoryGiven:
        return categorising.CategoryGiven(
            unit=self.unit,
            path=tuple(self.path),
            schema=given_object(self.schema, argument="schema"),
            expected_revision=given(self.expected_revision),
        )
