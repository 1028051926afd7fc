"""`paifang reindex`: the search index of a data directory is made anew of what is stored."""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flags import settings_or_fail
from gateway.knowledge import KNOWLEDGE_COLLECTIONS, index_folder, open_indexer
from gateway.knowledge_index import PROGRESS, REQUEST, own_index, request_rebuild
from gateway.settings import Settings
from gateway.stores.opening import open_store
from resolvers.knowledge.markup import Markup
from resolvers.store_errors import StoreUnavailable

EXAMPLE = "paifang reindex"
LOOK_S = 0.2  # between two looks at how far the gateway has come
WAIT_S = 3_600.0  # for a gateway that makes it; a million articles take minutes


def run(
    data: Annotated[Path | None, typer.Option(help="Directory of the store and of the index.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
) -> None:
    """Make the search index anew.

    Searches find what the old one has until it is there.

    A gateway that runs on the directory makes it itself; without one, this command does.
    """
    settings = settings_or_fail({"data": data, "config": config})
    try:
        done = asyncio.run(_rebuild(settings))
    except StoreUnavailable as error:
        raise CommandFailed(str(error), next_step="start the store", code=ExitCode.UNREACHABLE) from None
    typer.echo("the search index is new" if done is None else f"the search index is new: {done} articles")


async def _rebuild(settings: Settings) -> int | None:
    """How many articles are in; None where a gateway counted."""
    folder = index_folder(settings)
    owner = await asyncio.to_thread(own_index, folder)
    if owner is None:
        await asyncio.to_thread(_ask_owner, folder)
        return None
    counted = 0

    def count(done: int) -> None:
        nonlocal counted
        counted = done
        _show(done)

    try:
        async with open_store(settings, KNOWLEDGE_COLLECTIONS) as store:
            with ThreadPoolExecutor(1) as thread:
                await open_indexer(folder, store, Markup()).rebuild(owner, thread, count)
    finally:
        owner.close()
    return counted


def _ask_owner(folder: Path) -> None:
    """Returns when the gateway has made it. Raises `CommandFailed`."""
    request_rebuild(folder)
    deadline = time.monotonic() + WAIT_S
    while (folder / REQUEST).exists():
        if time.monotonic() > deadline:
            raise CommandFailed(
                "the gateway does not make a new index",
                next_step="look at its log",
                code=ExitCode.UNREACHABLE,
            )
        progress = folder / PROGRESS
        if progress.exists():
            _show(int(progress.read_text() or 0))
        time.sleep(LOOK_S)


def _show(done: int) -> None:
    """On a terminal, one line that counts."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done} articles", nl=False, err=True)
