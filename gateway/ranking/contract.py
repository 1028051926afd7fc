"""Who ranks articles for a question, beside the words of the index."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from kb_index.ranking import Ranking

log = structlog.get_logger("paifang")


class Ranker(Protocol):
    async def rank(self, question: str) -> Ranking | None:
        """The articles it means, best first; None where it does not know now. Cancelled with the search."""
        ...


async def rank_all(rankers: Sequence[Ranker], question: str) -> tuple[Ranking, ...]:
    """What they say, each beside the others; one that fails says nothing, and the search goes on."""
    found = await asyncio.gather(*(one.rank(question) for one in rankers), return_exceptions=True)
    for one in found:
        if isinstance(one, Exception):
            log.error("a ranking failed: the words alone rank", exc_info=one)
    return tuple(one for one in found if one is not None and not isinstance(one, BaseException))
