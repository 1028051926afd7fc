"""Forget files that no article named within a day: their content first, what is known of them last."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

from resolvers.knowledge.attachments.attachment import (
    ATTACHMENT_TEXTS,
    ATTACHMENTS,
    Attachment,
    Stage,
    attachment_of,
    attachment_to_document,
)
from resolvers.knowledge.attachments.ports import AttachmentFiles
from resolvers.ports import Delete, DocumentStore, Query, Replace
from resolvers.store_errors import DocumentNotFound, StoreUnavailable, VersionConflict

KEPT = timedelta(days=1)  # an editor writes the article meanwhile
EVERY_S = 3_600.0


class AttachmentCollector:
    """Several processes may collect at once: a file is announced as leaving before anything of it goes, and
    an article that names it at the same time wins or finds it unknown.
    """

    def __init__(self, store: DocumentStore, files: AttachmentFiles, now: Callable[[], datetime]) -> None:
        self._store = store
        self._files = files
        self._now = now

    async def run(self) -> NoReturn:
        while True:
            with suppress(StoreUnavailable):  # what is left now goes next time
                await self.collect()
            await asyncio.sleep(EVERY_S)

    async def collect(self) -> int:
        """How many were removed. Raises `StoreUnavailable`."""
        removed = 0
        for stage in (Stage.LEAVING, Stage.ARRIVING, Stage.WAITING):
            query = Query(
                collection=ATTACHMENTS,
                index="by_stage",
                equal={"stage": stage.value},
                below=self._now() - KEPT,
            )
            while True:
                page = await self._store.select(query)
                for document in page.documents:
                    removed += await self._remove(attachment_of(document))
                if page.next is None:
                    break
                query = replace(query, after=page.next)
        return removed

    async def _remove(self, attachment: Attachment) -> bool:
        try:
            if attachment.stage is not Stage.LEAVING:
                attachment = replace(attachment, version=attachment.version + 1, stage=Stage.LEAVING)
                document = attachment_to_document(attachment)
                await self._store.write(Replace(collection=ATTACHMENTS, document=document))
            await self._files.remove(attachment.id)
            writes = [Delete(collection=ATTACHMENTS, id=attachment.id, version=attachment.version)]
            if (text := await self._store.find(ATTACHMENT_TEXTS, attachment.id)) is not None:
                writes.append(Delete(collection=ATTACHMENT_TEXTS, id=attachment.id, version=text["version"]))
            await self._store.write(*writes)
        except (VersionConflict, DocumentNotFound):  # an article named it, or another process was first
            return False
        return True
