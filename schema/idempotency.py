"""The request's idempotency key, for one field of its operation."""

from strawberry import Info

from resolvers.context import Context
from resolvers.idempotency import IdempotencyKey


def idempotency_key_of(info: Info[Context, None]) -> IdempotencyKey | None:
    """The header holds for the whole request: fields are told apart by their response names."""
    text = info.context.idempotency_key
    return None if text is None else IdempotencyKey(text=text, scope=str(info.path.key))


def key_text_of(info: Info[Context, None]) -> str | None:
    """The same as one text, for use cases that scope it themselves."""
    key = idempotency_key_of(info)
    return None if key is None else f"{key.scope}\0{key.text}"
