"""Contents of files in MongoDB's GridFS, beside the documents."""

from typing import Any

from gridfs import AsyncGridFSBucket
from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import AsyncIOMotorGridFSBucket

from gateway.stores.mongo_driver import DURABLE, MAJORITY, Database, Driver, deadline, settled

BUCKET = "attachment_files"
TIMEOUT_S = 30.0  # a file goes in pieces


class MongoFiles:
    """Implements `AttachmentFiles`. What is kept twice under one id is kept once."""

    def __init__(self, database: Database, driver: Driver) -> None:
        made: Any = AsyncIOMotorGridFSBucket if driver == "motor" else AsyncGridFSBucket  # Any: two classes
        # not a snapshot: while the first file makes the collections, there is none of them to read from
        settled_only = database.with_options(read_concern=MAJORITY)
        self._bucket = made(settled_only, bucket_name=BUCKET, write_concern=DURABLE)

    async def keep(self, file: str, content: bytes) -> None:
        with deadline(TIMEOUT_S, writing=True):
            try:
                await self._bucket.upload_from_stream_with_id(file, file, content)
            except FileExists:
                return

    async def read(self, file: str) -> bytes | None:
        with deadline(TIMEOUT_S):
            try:
                stream = await self._bucket.open_download_stream(file)
                return bytes(await settled(stream.read()))
            except NoFile:
                return None

    async def remove(self, file: str) -> None:
        with deadline(TIMEOUT_S, writing=True):
            try:
                await self._bucket.delete(file)
            except NoFile:
                return
