"""Every place for contents of files: what is kept is read again, by whoever opens it later."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from gateway.stores.folder_files import FolderFiles
from gateway.stores.mongo import MongoStore
from gateway.stores.mongo_driver import Driver
from gateway.stores.mongo_files import MongoFiles
from resolvers.knowledge.attachments.ports import AttachmentFiles
from resolvers.store_errors import StoreUnavailable
from tests.servers.document_stores import StoreData, store_data

__all__ = ["store_data"]

Open = Callable[[], AbstractAsyncContextManager[AttachmentFiles]]
LARGE = bytes(range(256)) * 4_000  # more than a piece of GridFS


@pytest.fixture
def opened(store_data: StoreData, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def files() -> AsyncGenerator[AttachmentFiles]:
        if store_data.kind == "sqlite":
            yield FolderFiles(tmp_path / "files")
            return
        async with store_data.open() as store:
            driver = cast("Driver", store_data.kind.removeprefix("mongo-"))
            yield MongoFiles(cast("MongoStore", store).database, driver)

    return files


async def test_what_is_kept_is_read_by_another_who_opens_it(opened: Open) -> None:
    async with opened() as files:
        await files.keep("a1", LARGE)
        await files.keep("a2", b"")
        assert await files.read("a1") == LARGE
    async with opened() as files:
        assert await files.read("a1") == LARGE
        assert await files.read("a2") == b""


async def test_files_that_come_at_once_to_an_empty_place_are_all_kept(opened: Open) -> None:
    async with opened() as files:
        await asyncio.gather(*(files.keep(f"a{number}", LARGE[number:]) for number in range(8)))
        for number in range(8):
            assert await files.read(f"a{number}") == LARGE[number:]


async def test_what_is_not_there_is_none_and_is_removed_already(opened: Open) -> None:
    async with opened() as files:
        assert await files.read("nothing") is None
        await files.remove("nothing")


async def test_what_is_removed_is_gone_and_others_are_not(opened: Open) -> None:
    async with opened() as files:
        await files.keep("a1", b"one")
        await files.keep("a2", b"two")
        await files.remove("a1")
        assert await files.read("a1") is None
        assert await files.read("a2") == b"two"


async def test_an_id_that_is_a_path_is_none(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files")
    for name in ("../secret", "/etc/passwd", "", "a.b", "A"):
        with pytest.raises(ValueError, match="no id"):
            await files.read(name)


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("a file where the folder would be")
    with pytest.raises(StoreUnavailable):
        await FolderFiles(tmp_path / "files").keep("a1", b"one")


async def test_half_a_file_is_none(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "files")
    await files.keep("a1", b"one")
    (tmp_path / "files" / "b2").mkdir()
    (tmp_path / "files" / "b2" / ".b2.new").write_bytes(b"ha")
    assert await files.read("b2") is None
    await files.keep("b2", b"whole")
    assert await files.read("b2") == b"whole"
