"""R13: kill -9 while articles change, an index that is gone or broken, two who would write it."""

import asyncio
import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.knowledge_index import own_index
from kb_index.asking import Query
from kb_index.edition import Sight
from kb_index.index import IndexReader
from tests.faults.flow_site import Json, Site, client, kill, life, reached
from tests.faults.form import LONG, times
from tests.servers.gateway import Environment
from tests.servers.gateway_fixtures import empty_store

CHANGES = times(400, 10_000)
ROWS = 20  # of one import
ARTICLES = times(60, 1_500)
KILLS = times(5, 24)
FOUND_MS = 300
SAVED = times(10, 100)  # articles whose way into the index is timed

IMPORT = """
mutation ($input: ImportInput!) { importArticles(input: $input) { rejected problems { message } } }
"""
ARCHIVE = "mutation ($id: ID!) { archiveArticle(id: $id) { status } }"
SEQ = "query ($id: ID!) { article(id: $id) { seq } }"
TOTAL = "query ($input: SearchInput!) { searchKnowledge(input: $input) { total hits { article { id } } } }"


@pytest.fixture(params=["sqlite", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """The store that the gateway's lives share."""
    with empty_store(request.param, request) as environment:
        yield environment


def nothing(_: Path) -> None:
    pass


def remove(index: Path) -> None:
    shutil.rmtree(index, ignore_errors=True)


def remove_files(index: Path) -> None:
    for file in index.glob("*/*.term"):
        file.unlink()


def cut_files(index: Path) -> None:
    for file in index.glob("*/*.store"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip_bytes(index: Path) -> None:
    """What stands there is read without a fault, and is not what was written."""
    for file in index.glob("*/*.idx"):
        content = bytearray(file.read_bytes())
        if not content:  # begun when its process was killed
            continue
        content[len(content) // 3] ^= 0xFF
        file.write_bytes(content)


def spoil_meta(index: Path) -> None:
    for file in index.glob("*/meta.json"):
        file.write_text("{")


def outdate(index: Path) -> None:
    """As an index of another version of the analysers is."""
    for file in index.glob("serving"):
        file.write_text(f"0000-{file.read_text().rpartition('-')[2]}")


def rewind(index: Path) -> None:
    """As an older backup is: it goes on from there."""
    for file in index.glob("*.position"):
        file.write_text("1")


DAMAGE: list[Callable[[Path], None]] = [
    nothing,
    remove,
    flip_bytes,
    cut_files,
    spoil_meta,
    outdate,
    rewind,
    remove_files,
]


@dataclass(slots=True)
class Desk:
    """Editors who change articles; what each is now, `None` for archived."""

    site: Site
    chance: random.Random
    done: int = 0
    now: dict[str, str | None] = field(default_factory=dict[str, str | None])

    async def work(self) -> None:
        while self.done < CHANGES:
            if self.chance.random() < 0.2 and self.now:
                await self._archive(self.chance.choice(list(self.now)))
            else:
                await self.write()

    async def write(self) -> None:
        names = self.chance.sample(range(ARTICLES), ROWS)
        rows = {f"a{name}": f"question{name}x{self.done + nth}" for nth, name in enumerate(names)}
        lines = [{"id": one, "question": text, "answers": [{"body": "x"}]} for one, text in rows.items()]
        data = "\n".join(map(json.dumps, lines))
        given = {"format": "jsonl", "data": data, "unit": "rides", "publish": True}
        answer = await self.site.ask(IMPORT, {"input": given})
        assert answer["data"]["importArticles"]["rejected"] == 0, answer
        self.now |= rows
        self.done += ROWS

    async def _archive(self, name: str) -> None:
        answer = await self.site.ask(ARCHIVE, {"id": name})
        assert answer["data"]["archiveArticle"]["status"] == "ARCHIVED", answer
        self.now[name] = None
        self.done += 1


async def test_R13_the_index_is_complete_and_right_after_kill_9_and_damage(
    tmp_path: Path, kept: Environment
) -> None:
    async with client() as http:
        desk = Desk(Site(http), random.Random(13))
        working = asyncio.ensure_future(desk.work())
        for number in range(1, KILLS + 2):
            with life(desk.site, tmp_path, kept) as gateway:
                due = number * CHANGES // (KILLS + 1)
                await reached(lambda due=due: desk.done >= due or working.done())
                if number <= KILLS:
                    kill(gateway)
                    DAMAGE[number % len(DAMAGE)](index_of(tmp_path))
                    continue
                await working
                await until_indexed(desk.site, next(iter(desk.now)))
                assert_complete(index_of(tmp_path), desk.now)


async def test_R13_an_index_that_goes_while_it_serves_comes_back(tmp_path: Path) -> None:
    async with client() as http:
        desk = Desk(Site(http), random.Random(13))
        with life(desk.site, tmp_path, {}):
            await desk.write()
            for damage in (remove, spoil_meta):
                await until_indexed(desk.site, next(iter(desk.now)))
                damage(index_of(tmp_path))
                await until_found(desk.site, next(text for text in desk.now.values() if text))
            assert_complete(index_of(tmp_path), desk.now)


async def test_R13_two_processes_never_write_one_index(tmp_path: Path) -> None:
    async with client() as http:
        desk = Desk(Site(http), random.Random(13))
        with life(desk.site, tmp_path, {}) as gateway:
            await desk.write()
            await until_indexed(desk.site, next(iter(desk.now)))
            assert own_index(index_of(tmp_path)) is None
            kill(gateway)
        owner = None
        async with asyncio.timeout(10):
            while owner is None:  # the workers of the one that was killed are ending
                owner = await asyncio.to_thread(own_index, index_of(tmp_path))
        owner.close()


async def test_a_published_article_is_found_within_300_ms(tmp_path: Path, kept: Environment) -> None:
    """The median is held to it here, where others share the machine; all are in the long form."""
    async with client() as http:
        desk = Desk(Site(http), random.Random(13))
        with life(desk.site, tmp_path, kept):
            await desk.write()
            await until_indexed(desk.site, next(iter(desk.now)))
            took: list[float] = []
            for number in range(SAVED):
                data = f"question,answer\nfresh{number}z,x\n"
                given = {"format": "csv", "data": data, "unit": "rides", "publish": True}
                await desk.site.ask(IMPORT, {"input": given})
                began = time.monotonic()
                await until_found(desk.site, f"fresh{number}z")
                took.append((time.monotonic() - began) * 1e3)
        took.sort()
        print(f"found after {took[len(took) // 2]:.0f} ms, at most {took[-1]:.0f} ms")
        assert (took[-1] if LONG else took[len(took) // 2]) <= FOUND_MS


def index_of(data: Path) -> Path:
    return next(data.glob("index*"), data / "index")


async def until_indexed(site: Site, article: str) -> None:
    """Until all that was acknowledged is in the index."""
    seq = (await site.ask(SEQ, {"id": article}))["data"]["article"]["seq"]
    async with asyncio.timeout(60):
        while True:
            began = time.monotonic()
            answer = await site.ask(TOTAL, {"input": {"query": "x", "minSeq": seq}})
            if answer.get("data") and time.monotonic() - began < 1.9:  # it did not give up waiting
                return


async def until_found(site: Site, question: str) -> None:
    async with asyncio.timeout(60):
        while True:
            if found(await site.ask(TOTAL, {"input": {"query": question, "first": 1}})):
                return


def found(answer: Json) -> bool:
    return bool(answer.get("data") and answer["data"]["searchKnowledge"]["hits"])


def assert_complete(index: Path, now: dict[str, str | None]) -> None:
    """What is published is found as it is now, what is archived is not."""
    reader = IndexReader(index)
    sight = Sight(at=datetime.now(UTC), channels=None, audiences=None, every_dimension=True)
    for article, question in now.items():
        hits = reader.search(Query(text=question or article, sight=sight, first=3)).hits
        whole = [hit.article for hit in hits if hit.why["field"] == "exact"]
        assert whole == ([article] if question else []), (article, question)
