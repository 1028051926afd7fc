"""What the knowledge use cases need of the index."""

from typing import Protocol

from kb_index.asking import Found, Query
from kb_index.edition import Sight


class KnowledgeIndex(Protocol):
    """The index as one worker reads it: some moments behind the store, never in between two changes."""

    async def find(self, query: Query) -> Found:
        """What is found. Raises `IndexUnavailable` while there is none yet."""
        ...

    async def suggest(self, prefix: str, sight: Sight, *, first: int) -> list[str]:
        """Questions that go on from the prefix. Raises `IndexUnavailable`."""
        ...

    async def reach(self, position: int, *, wait_s: float) -> bool:
        """Wait until this change of the feed is in what is found; whether it came in time."""
        ...
