"""Look up what clients run, and what they were built with."""

from collections.abc import Iterable

from resolvers.context import Context
from resolvers.operations.records import (
    OPERATIONS,
    REGISTERED,
    OperationRecord,
    Registered,
    operation_of,
    registered_of,
)
from resolvers.paging import PageOf, select_page
from resolvers.ports import Document, Query


async def list_operations(
    context: Context,
    *,
    first: int,
    after: str | None,
    coordinate: str | None = None,
    client: str | None = None,
) -> PageOf[OperationRecord]:
    """Recorded operations, those run last first; with a `coordinate` those that ask for it, by hash.

    `client` is a name without its version. What this worker counted until now is among them.
    """
    services = context.resources.operations
    await services.recorder.flush()

    async def expand(document: Document) -> Iterable[OperationRecord]:
        record = operation_of(document)
        named = client is None or any(use.name == client for use in record.clients)
        return [record] if named else []

    query = Query(collection=OPERATIONS, index="by_time", descending=True)
    if coordinate is not None:
        query = Query(collection=OPERATIONS, index="by_use", equal={"fields": coordinate})
    return await select_page(services.store, query, expand, first=first, after=after)


async def list_registered(
    context: Context, *, first: int, after: str | None, client: str | None = None
) -> PageOf[Registered]:
    """Registered operations, the latest first."""

    async def expand(document: Document) -> Iterable[Registered]:
        record = registered_of(document)
        return [record] if client in (None, record.client) else []

    query = Query(collection=REGISTERED, index="by_time", descending=True)
    store = context.resources.operations.store
    return await select_page(store, query, expand, first=first, after=after)
