"""Choose the document store: MongoDB where a URL is set, else SQLite in the data directory."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from gateway.settings import Settings
from gateway.stores.mongo import MongoStore, open_mongo
from gateway.stores.sqlite import SqliteStore, open_sqlite
from resolvers.ports import Collection

FILE = "paifang.sqlite"


@asynccontextmanager
async def open_store(
    settings: Settings, collections: Iterable[Collection]
) -> AsyncGenerator[SqliteStore | MongoStore]:
    """The store of these settings. Raises `StoreUnavailable`."""
    if settings.mongo_url is not None:
        url = settings.mongo_url.get_secret_value()
        async with open_mongo(url, collections, driver=settings.mongo_driver) as mongo:
            yield mongo
    else:
        settings.data.mkdir(parents=True, exist_ok=True)
        async with open_sqlite(settings.data / FILE, collections) as sqlite:
            yield sqlite
