"""Choose where documents and files are kept: MongoDB where a URL is set, else the data directory."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Protocol

from gateway.settings import Settings
from gateway.stores.folder_files import FolderFiles
from gateway.stores.sqlite import open_sqlite
from resolvers.knowledge.attachments.ports import AttachmentFiles
from resolvers.ports import ChangeFeed, Collection, DocumentStore

FILE = "paifang.sqlite"
ATTACHMENTS = "attachments"  # folder in the data directory


class Store(DocumentStore, ChangeFeed, Protocol):
    """Both adapters keep documents and tell their changes."""


@asynccontextmanager
async def open_store(settings: Settings, collections: Iterable[Collection]) -> AsyncGenerator[Store]:
    """The store of these settings. Raises `StoreUnavailable`."""
    if settings.mongo_url is not None:
        mongo = import_module("gateway.stores.mongo")  # 0.4 s to import, for those who use it
        url = settings.mongo_url.get_secret_value()
        async with mongo.open_mongo(url, collections, driver=settings.mongo_driver) as store:
            yield store
    else:
        settings.data.mkdir(parents=True, exist_ok=True)
        async with open_sqlite(settings.data / FILE, collections) as store:
            yield store


def files_beside(settings: Settings, store: Store) -> AttachmentFiles:
    """Where contents of files are kept: in GridFS, or in the data directory."""
    if settings.mongo_url is None:
        return FolderFiles(settings.data / ATTACHMENTS)
    mongo = import_module("gateway.stores.mongo_files")  # as above
    return mongo.MongoFiles(store.database, settings.mongo_driver)  # pyright: ignore[reportAttributeAccessIssue]  # MongoDB's has one
