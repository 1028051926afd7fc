"""Watch what is published."""

from collections.abc import AsyncGenerator

from resolvers.context import Context
from resolvers.resources.reading import PublishedModule, published_module


async def watch_publishes(context: Context) -> AsyncGenerator[PublishedModule]:
    """Each module that is published or rolled back from now on, when it is served here."""
    with context.resources.news.watch() as watcher:
        while True:
            told = await watcher.next()
            yield published_module(told.catalog, told.record)
