"""So that who changes the graph and who begins to use it never miss each other.

Both read one document before they look at what the other does, and write it with what they do. Whoever is
second loses that write, and looks again.
"""

from dataclasses import dataclass

from resolvers.ports import DocumentStore, Insert, Replace, Write
from resolvers.resources.records import HEADS

USERS_ID = "users"  # beside the head


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The document as it was read; 0: there is none yet."""

    version: int

    def taken(self) -> Write:
        """To be written with what was decided: the store refuses it if another has had a turn since."""
        document = {"id": USERS_ID, "version": self.version + 1}
        kind = Insert if self.version == 0 else Replace
        return kind(collection=HEADS, document=document)


async def take_turn(store: DocumentStore) -> Turn:
    """Before looking."""
    document = await store.find(HEADS, USERS_ID)
    return Turn(version=document["version"] if document else 0)
