"""Files that answers refer to: what is known of each, and its words."""

from collections.abc import Sequence

from resolvers.ports import Collection, DocumentStore

ATTACHMENTS = Collection(name="attachments", feed=False)


async def load_texts(store: DocumentStore, ids: Sequence[str]) -> dict[str, str]:
    """The words of those that have any, by id."""
    documents = await store.load_many(ATTACHMENTS, list(dict.fromkeys(ids))) if ids else []
    return {one["id"]: one["text"] for one in documents if one is not None and one["text"]}
