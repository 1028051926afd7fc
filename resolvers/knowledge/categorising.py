"""Save the schemas of a unit's categories, and list them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import orjson

from engine.flow.model import JsonObject
from engine.problem import Problem, Severity
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.idempotency import IdempotencyKey
from resolvers.knowledge.access import admit_reviewer, is_member
from resolvers.knowledge.categories import schema_problems
from resolvers.knowledge.category import (
    CATEGORIES,
    ArticleCategory,
    category_id,
    category_of,
    category_to_document,
)
from resolvers.knowledge.checking import MAX_JSON_BYTES, MAX_NAME, error
from resolvers.knowledge.errors import CategoryConflict, CategoryInvalid
from resolvers.knowledge.repeating import request_of
from resolvers.ports import Insert, Query, Replace
from resolvers.store_errors import UniqueConflict, VersionConflict

MAX_DEPTH = 20  # steps of a path
MAX_RACES = 20  # other writers that may win before this one gives up
MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryGiven:
    """`schema` None: its articles are held to nothing any more. `expected_revision` 0: there is none yet."""

    unit: str
    path: tuple[str, ...]
    schema: Mapping[str, object] | None
    expected_revision: int | None = None


async def save_category(
    context: Context, given: CategoryGiven, *, key: IdempotencyKey | None = None
) -> ArticleCategory:
    """Articles are held to it from now on, when they are saved, submitted or published.

    Raises `AccessDenied`, `CategoryInvalid`, `CategoryConflict`, `InputInvalid`, `IdempotencyKeyReused`.
    """
    admit_reviewer(context.principal, given.unit)
    _check(given)
    told = {"saveCategory": list(given.path), "unit": given.unit, "schema": given.schema}
    request = request_of(context, key, {**told, "expected": given.expected_revision})
    store = context.knowledge.store
    for _ in range(MAX_RACES):
        first = None if request is None else await request.find_result(store)
        if first is not None:
            return category_of(first)
        before = await store.find(CATEGORIES, category_id(given.unit, given.path))
        saved = _next(context, given, None if before is None else category_of(before))
        write = Insert if before is None else Replace
        document = category_to_document(saved)
        remembered = [] if request is None else [request.remember(document, at=saved.updated_at)]
        try:
            await store.write(write(collection=CATEGORIES, document=document), *remembered)
        except (UniqueConflict, VersionConflict):
            continue
        return saved
    raise CategoryConflict(path=given.path, expected=given.expected_revision or 0, actual=0)


async def list_categories(context: Context, unit: str | None) -> list[ArticleCategory]:
    """Those of the caller's units that have a schema, by path."""
    query = Query(collection=CATEGORIES, limit=MAX_LISTED)
    if unit is not None:
        query = Query(collection=CATEGORIES, index="by_unit", equal={"unit": unit}, limit=MAX_LISTED)
    found = map(category_of, (await context.knowledge.store.select(query)).documents)
    seen = [one for one in found if one.schema is not None and is_member(context.principal, one.unit)]
    return sorted(seen, key=lambda one: (one.path, one.unit))


def _check(given: CategoryGiven) -> None:
    steps = all(step.strip() and len(step) <= MAX_NAME and "/" not in step for step in given.path)
    if not (0 < len(given.path) <= MAX_DEPTH and steps):
        reason = f"has 1 to {MAX_DEPTH} steps of 1 to {MAX_NAME} characters, and no / in them"
        raise InputInvalid(argument="path", reason=reason)
    if given.schema is not None and (problems := list(_schema_problems(given.schema))):
        raise CategoryInvalid(problems)


def _schema_problems(schema: Mapping[str, object]) -> Iterator[Problem]:
    if len(orjson.dumps(schema)) > MAX_JSON_BYTES:
        yield error("TEXT_TOO_LONG", "schema", f"has more than {MAX_JSON_BYTES} bytes")
        return
    yield from (one for one in schema_problems(schema) if one.severity is Severity.ERROR)


def _next(context: Context, given: CategoryGiven, before: ArticleCategory | None) -> ArticleCategory:
    revision = 0 if before is None else before.revision
    if given.expected_revision not in (None, revision):
        raise CategoryConflict(path=given.path, expected=given.expected_revision or 0, actual=revision)
    return ArticleCategory(
        unit=given.unit,
        path=given.path,
        schema=cast("JsonObject | None", given.schema),  # JSON, as it was read
        revision=revision + 1,
        updated_at=context.knowledge.now(),
        updated_by=context.principal.subject,
    )
