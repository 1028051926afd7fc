"""Root query fields about quality data."""

from datetime import datetime

import strawberry
from strawberry import UNSET, Info

from resolvers.context import Context
from resolvers.quality import looking
from resolvers.quality.rows import Dimension
from schema.quality.types import QualityFilter, QualityRow


@strawberry.type
class QualityQuery:
    @strawberry.field(
        description="How the APIs and fields of the caller's units did, what is asked for most first: at most"
        " 1,000 rows, of the last day unless said."
    )
    @staticmethod
    async def quality(
        info: Info[Context, None],
        by: Dimension = Dimension.FIELD,
        filter: QualityFilter | None = UNSET,  # noqa: A002  # the contract's name
        since: datetime | None = UNSET,
        until: datetime | None = UNSET,
    ) -> list[QualityRow]:
        rows = await looking.list_quality(
            info.context,
            by,
            chosen=filter.to_domain() if filter else looking.EVERYTHING,
            since=since or None,
            until=until or None,
        )
        return [QualityRow.of(row) for row in rows]
