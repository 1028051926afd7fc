"""Root query fields about clients' operations."""

import strawberry
from strawberry import Info

from resolvers.context import Context
from resolvers.operations import looking
from schema.operations.types import (
    ClientOperation,
    ClientOperationConnection,
    RegisteredOperation,
    RegisteredOperationConnection,
)
from schema.paging import PageInfo


@strawberry.type
class OperationsQuery:
    @strawberry.field(description="What clients ran, the latest first; with a coordinate what asks for it.")
    @staticmethod
    async def client_operations(
        info: Info[Context, None],
        coordinate: str | None = None,
        client: str | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> ClientOperationConnection:
        page = await looking.list_operations(
            info.context, first=first, after=after, coordinate=coordinate, client=client
        )
        return ClientOperationConnection(
            nodes=[ClientOperation.of(one) for one in page.items], page_info=PageInfo.of(page)
        )

    @strawberry.field(description="What clients are built with, the latest first.")
    @staticmethod
    async def registered_operations(
        info: Info[Context, None], client: str | None = None, first: int = 20, after: str | None = None
    ) -> RegisteredOperationConnection:
        page = await looking.list_registered(info.context, first=first, after=after, client=client)
        return RegisteredOperationConnection(
            nodes=[RegisteredOperation.of(one) for one in page.items], page_info=PageInfo.of(page)
        )
