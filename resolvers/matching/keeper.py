"""The rules of this worker, compiled: what is saved here is in it at once, what others save follows."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NoReturn

from kb_index.matching import Analyse, RuleIndex
from resolvers.matching.compiled import CompiledRule, compile_rule
from resolvers.matching.records import RULES, rule_of
from resolvers.matching.rule import RuleRecord
from resolvers.ports import MAX_PAGE, ChangeFeed, Document, DocumentStore, Query
from resolvers.store_errors import FeedPositionLost, StoreUnavailable

WAIT_S = 30.0  # for a change; the feed answers at once when there is one
PAUSE_S = 0.5  # before asking a store again that did not answer: rules arrive within the second

ReportRule = Callable[[str, Exception], None]


@dataclass(slots=True, kw_only=True)
class RuleBook:
    """The index, and every rule in it by id; `versions` also of those that are switched off."""

    index: RuleIndex
    rules: dict[str, CompiledRule] = field(default_factory=dict[str, CompiledRule])
    versions: dict[str, int] = field(default_factory=dict[str, int])


class RuleKeeper:
    """`report` is told of a rule that cannot be compiled any more: it is left out."""

    def __init__(self, store: DocumentStore, analyse: Analyse, threshold: float, report: ReportRule) -> None:
        self._store = store
        self._analyse = analyse
        self._threshold = threshold
        self._report = report
        self.book = self._empty()

    async def load(self) -> None:
        """All rules anew, beside those that answer meanwhile. Raises `StoreUnavailable`."""
        documents = await self._read_all()
        self.book = await asyncio.to_thread(self._compile_all, documents)

    async def refresh(self, ids: Iterable[str]) -> None:
        """These rules as they are stored now. Raises `StoreUnavailable`."""
        wanted = list(dict.fromkeys(ids))
        found = await self._store.load_many(RULES, wanted)
        for name, document in zip(wanted, found, strict=True):
            if document is None:
                self.forget(name)
            else:
                self.take(rule_of(document))

    def take(self, record: RuleRecord) -> None:
        """A rule as it was written; an older state than the known one changes nothing."""
        book = self.book
        if record.version < book.versions.get(record.id, 0):
            return
        compiled = self._compile(record)
        if compiled is None or not record.content.enabled:
            self.forget(record.id)
        else:
            book.rules[record.id] = compiled
            book.index.put(compiled.rule)
        book.versions[record.id] = record.version

    def forget(self, rule: str) -> None:
        self.book.index.remove(rule)
        self.book.rules.pop(rule, None)
        self.book.versions.pop(rule, None)

    def _compile(self, record: RuleRecord) -> CompiledRule | None:
        try:
            return compile_rule(record)
        except ValueError as error:
            self._report(record.id, error)
            return None

    async def _read_all(self) -> list[Document]:
        query = Query(collection=RULES, limit=MAX_PAGE)
        page = await self._store.select(query)
        documents = [*page.documents]
        while page.next is not None:
            page = await self._store.select(replace(query, after=page.next))
            documents += page.documents
        return documents

    def _compile_all(self, documents: list[Document]) -> RuleBook:
        records = [rule_of(document) for document in documents]
        enabled = [record for record in records if record.content.enabled]
        compiled = [one for record in enabled if (one := self._compile(record)) is not None]
        book = self._empty()
        book.index.load(one.rule for one in compiled)
        book.rules = {one.record.id: one for one in compiled}
        book.versions = {record.id: record.version for record in records}
        return book

    def _empty(self) -> RuleBook:
        return RuleBook(index=RuleIndex(self._analyse, threshold=self._threshold))


class RuleFollower:
    """Keeps this worker's rules at what is stored."""

    def __init__(self, keeper: RuleKeeper, feed: ChangeFeed) -> None:
        self._keeper = keeper
        self._feed = feed
        self._position: int | None = None

    async def catch_up(self) -> None:
        """Load everything saved before this call. Raises `StoreUnavailable`."""
        position = await self._feed.position()
        await self._keeper.load()
        self._position = position

    async def follow(self) -> NoReturn:
        """Take rules as they come; a store that is away is waited for, and the known rules answer."""
        while True:
            try:
                if self._position is None:
                    await self.catch_up()
                    continue
                changes = await self._feed.changes(after=self._position, wait_s=WAIT_S)
                await self._keeper.refresh(one.id for one in changes if one.collection == RULES.name)
                if changes:
                    self._position = changes[-1].sequence
            except FeedPositionLost:
                self._position = None
            except StoreUnavailable:
                await asyncio.sleep(PAUSE_S)
