"""Every document store the product ships, each with its data thrown away after the test."""

import gc
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from gateway.stores.mongo import open_mongo
from gateway.stores.mongo_driver import Driver
from gateway.stores.sqlite import open_sqlite
from resolvers.ports import FEED_KEPT, ChangeFeed, Collection, DocumentStore

STORES = ("sqlite", "mongo-motor", "mongo-pymongo")


class Store(DocumentStore, ChangeFeed, Protocol):
    """What both adapters are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreData:
    """The data of one test; `open` may be called again, at the same time or after the first was closed.

    It takes collections, and how many changes the feed keeps.
    """

    kind: str
    address: str
    open: Callable[..., AbstractAsyncContextManager[Store]]


@pytest.fixture(params=STORES)
def store_data(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreData]:
    """Empty data of each kind of store."""
    if request.param == "sqlite":
        yield sqlite_data(tmp_path / "paifang.sqlite")
        return
    server: str = request.getfixturevalue("mongo_url")
    name = f"test_{uuid4().hex}"
    driver: Driver = "motor" if request.param == "mongo-motor" else "pymongo"
    with sockets_forgotten_by(driver):
        yield mongo_data(with_database(server, name), driver)
    with MongoClient[dict[str, object]](server) as client:
        client.drop_database(name)


def sqlite_data(path: Path) -> StoreData:
    def open_file(*collections: Collection, feed_kept: int = FEED_KEPT) -> AbstractAsyncContextManager[Store]:
        return open_sqlite(path, collections, feed_kept=feed_kept)

    return StoreData(kind="sqlite", address=str(path), open=open_file)


def mongo_data(url: str, driver: Driver) -> StoreData:
    def open_database(
        *collections: Collection, feed_kept: int = FEED_KEPT
    ) -> AbstractAsyncContextManager[Store]:
        return open_mongo(url, collections, driver=driver, feed_kept=feed_kept)

    return StoreData(kind=f"mongo-{driver}", address=url, open=open_database)


@contextmanager
def sockets_forgotten_by(driver: Driver) -> Generator[None]:
    """PyMongo's own client, closed or cancelled amid connecting, leaves that socket to the collector.

    So it is collected here, where its warning is expected, and not beside a test that knows nothing of it.
    """
    if driver == "motor":
        yield
        return
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
        yield
        gc.collect()


@contextmanager
def open_database(url: str) -> Generator[Database[dict[str, object]]]:
    """The database that the address names, past all of our code."""
    with MongoClient[dict[str, object]](url) as client:
        yield client.get_default_database()


def with_database(server: str, name: str) -> str:
    """The address with this database as its path."""
    scheme, _, rest = server.partition("://")
    hosts, _, options = rest.partition("?")
    return f"{scheme}://{hosts.partition('/')[0]}/{name}" + (f"?{options}" if options else "")
