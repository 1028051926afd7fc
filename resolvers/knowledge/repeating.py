"""A knowledge mutation sent twice under one key is done once: the article as the first one left it."""

from collections.abc import Mapping

from resolvers.context import Context
from resolvers.idempotency import IdempotencyKey, IdempotentRequest, request_under
from resolvers.knowledge.article import ArticleRecord
from resolvers.knowledge.records import article_of, article_to_document
from resolvers.ports import Write


def request_of(
    context: Context, key: IdempotencyKey | None, given: Mapping[str, object]
) -> IdempotentRequest | None:
    """None without a key."""
    if key is None:
        return None
    return request_under(key, context.principal, context.knowledge.secrets, given)


async def find_first(context: Context, request: IdempotentRequest | None) -> ArticleRecord | None:
    """What the first such request made of the article. Raises `IdempotencyKeyReused`."""
    result = None if request is None else await request.find_result(context.knowledge.store)
    return None if result is None else article_of(result)


def remembered(context: Context, request: IdempotentRequest | None, record: ArticleRecord) -> list[Write]:
    """The write that goes with the first request's own."""
    if request is None:
        return []
    return [request.remember(article_to_document(record), at=context.knowledge.now())]
