"""The two client classes MongoDB's driver comes in, behind one face, and the driver's errors in our words.

PyMongo's own asynchronous client and Motor share names and arguments; some methods return at once in one and
are awaited in the other, which `settled` evens out. Types are PyMongo's.
"""

from collections.abc import Awaitable, Generator, Mapping
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any, Literal, TypeAlias, TypeVar, cast, overload

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, ReadPreference, uri_parser
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import InvalidURI, PyMongoError, ServerSelectionTimeoutError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from resolvers.store_errors import StoreUnavailable

Driver: TypeAlias = Literal["motor", "pymongo"]
Raw: TypeAlias = dict[str, Any]  # Any: documents as the driver decodes them
Client: TypeAlias = AsyncMongoClient[Raw]
Database: TypeAlias = AsyncDatabase[Raw]
Mongo: TypeAlias = AsyncCollection[Raw]
Tables: TypeAlias = Mapping[str, Mongo]  # a store's collections, by name
Session: TypeAlias = AsyncClientSession

DURABLE = WriteConcern("majority", j=True)  # survives the loss of a server and a power cut
MAJORITY = ReadConcern("majority")  # all that change streams take
SNAPSHOT = ReadConcern("snapshot")  # one moment for all that is read, and nothing a failover could take back

AUTHENTICATION_FAILED = 18  # MongoDB's code

T = TypeVar("T")


def connect(url: str, driver: Driver) -> tuple[Client, Database]:
    """A client and the database its address names; nothing is sent yet. Raises `StoreUnavailable`."""
    try:
        name = uri_parser.parse_uri(url, validate=True)["database"]
    except (InvalidURI, PyMongoError, ValueError):
        raise StoreUnavailable(reason="its address is no MongoDB URL") from None  # it may hold a password
    if not name:
        raise StoreUnavailable(reason="its address names no database, as in mongodb://host/NAME")
    options: dict[str, Any] = {"retryWrites": True, "retryReads": True, "appname": "paifang"}  # Any: keywords
    if driver == "motor":
        motor: AsyncIOMotorClient[Raw] = AsyncIOMotorClient(url, **options)
        client = cast(Client, motor)  # same names and arguments, see above
    else:
        client = AsyncMongoClient[Raw](url, **options)
    database = client.get_database(
        name, read_concern=SNAPSHOT, write_concern=DURABLE, read_preference=ReadPreference.PRIMARY
    )
    return client, database


@overload
async def settled(result: Awaitable[T]) -> T: ...
@overload
async def settled(result: T) -> T: ...
async def settled(result: Awaitable[T] | T) -> T:
    return await result if isawaitable(result) else cast(T, result)  # isawaitable does not narrow T


@contextmanager
def deadline(timeout_s: float, *, writing: bool = False) -> Generator[None]:
    """All calls inside end by then, the driver's own retries included. Raises `StoreUnavailable`."""
    try:
        with pymongo.timeout(timeout_s):
            yield
    except PyMongoError as error:
        unknown = writing and not isinstance(error, ServerSelectionTimeoutError)  # that one sent nothing
        raise unavailable(error, outcome_unknown=unknown) from error


def unavailable(error: PyMongoError, *, outcome_unknown: bool = False) -> StoreUnavailable:
    """Without the driver's sentence, which lists addresses."""
    code = getattr(error, "code", None)
    if isinstance(error, ServerSelectionTimeoutError):
        reason = "no primary of MongoDB answers"
    elif code == AUTHENTICATION_FAILED:
        reason = "MongoDB does not accept the user and password"
    else:
        reason = f"MongoDB: {type(error).__name__}{f' (code {code})' if code else ''}"
    return StoreUnavailable(reason=reason, outcome_unknown=outcome_unknown)
