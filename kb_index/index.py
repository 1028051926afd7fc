"""The index of one folder: one process writes it, any number read it."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from tantivy import Index, IndexWriter
from tantivy import Query as Node

from kb_index.asking import Found, Query
from kb_index.edition import ArticleChange, Sight
from kb_index.fields import documents_of, number_of, register_analyser, schema_of_index
from kb_index.folder import LOCK, IndexFolder
from kb_index.searching import Search
from kb_index.soundness import find_damage
from kb_index.suggesting import Suggestions

HEAP_BYTES = 32_000_000  # of the writer; 15 MB is the least it takes
REBUILD_HEAP_BYTES = 256_000_000  # at most; few segments are looked up faster
REBUILD_BATCH = 5_000  # changes between two reports of progress


# The directory that serves, when that was said, and which file says what is committed: a commit replaces it,
# and two of them may fall into one tick of the file system's clock.
_Seen = tuple[str, int, tuple[int, int]]


class IndexUnusable(Exception):
    """The index is gone, broken, or of another version: its owner rebuilds it."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"the search index in {folder} cannot be used: {reason}")


class IndexReader:
    """Answers from what is committed when it is asked. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = IndexFolder(folder)
        self._seen: _Seen | None = None
        self._index: Index | None = None
        self._search: Search | None = None
        self._suggestions: Suggestions | None = None

    @property
    def position(self) -> int:
        """The last change of the feed that answers have; 0 without an index."""
        name = self._folder.serving()
        return 0 if name is None else self._folder.position(name)

    def search(self, query: Query) -> Found:
        """Nothing while there is no index. Raises `IndexUnusable`."""
        self._refresh()
        return self._search.answer(query) if self._search else Found(hits=(), total=0, confidence=0.0)

    def suggest(self, prefix: str, sight: Sight, *, first: int) -> list[str]:
        """Questions that begin so, or have all of it. Raises `IndexUnusable`."""
        self._refresh()
        return self._suggestions.suggest(prefix, sight, first=first) if self._suggestions else []

    def _refresh(self) -> None:
        """See what was committed since; two looks at the file system where nothing was."""
        try:
            if self._seen is None or self._seen != self._written(self._seen[0]):
                self._see()
        except (OSError, ValueError) as error:
            raise IndexUnusable(self._folder.path, str(error)) from error

    def _written(self, name: str) -> _Seen | None:
        """None where that directory is gone: another one may serve by now."""
        try:
            committed = (self._folder.path / name / "meta.json").stat()
        except FileNotFoundError:
            return None
        return name, self._folder.written(), (committed.st_mtime_ns, committed.st_ino)

    def _see(self) -> None:
        name = self._folder.serving()
        if name is None:
            self._seen = self._index = self._search = self._suggestions = None
            return
        seen = self._written(name)
        if seen is None:
            raise FileNotFoundError("its directory is gone")
        if self._index is None or self._seen is None or self._seen[0] != name:
            check(self._folder.path / name)
            self._index = open_index(self._folder.path / name)
        self._index.reload()
        searcher = self._index.searcher()
        self._search = Search(self._index.schema, searcher)
        self._suggestions = Suggestions(self._index.schema, searcher)
        self._seen = seen


class IndexOwner:
    """Writes; the folder's lock sees to it that one process does. Not for several threads at once."""

    def __init__(self, folder: Path) -> None:
        """Raises `WriterBusy`."""
        self._folder = IndexFolder(folder)
        self._lock = self._folder.lock()
        self._writer: IndexWriter | None = None
        self._name = self._sound()

    @property
    def position(self) -> int:
        """The change up to which everything is applied; 0 where nothing is, or it is damaged: rebuild."""
        return 0 if self._name is None else self._folder.position(self._name)

    def holds(self) -> bool:
        """Whether the lock is still the folder's: one that was removed lets another process write."""
        try:
            return (self._folder.path / LOCK).stat().st_ino == os.fstat(self._lock.fileno()).st_ino
        except FileNotFoundError:
            return False

    def apply(self, changes: Sequence[ArticleChange], *, position: int) -> None:
        """Make the articles what these say, and answer so; applying one again changes nothing.

        Raises `IndexUnusable`: nothing of it counts, rebuild.
        """
        try:
            if self._name is None:
                raise FileNotFoundError("it was never built")
            writer = self._opened()
            write(writer, changes)
            writer.commit()
            self._folder.keep_position(self._name, position)
        except (OSError, ValueError) as error:
            self._discard()
            raise IndexUnusable(self._folder.path, str(error)) from error

    def rebuild(
        self,
        changes: Iterable[ArticleChange],
        *,
        position: int,
        progress: Callable[[int], object] = lambda done: None,
    ) -> None:
        """Make a new index of exactly these, beside the one that serves until it is done.

        `position` is one that all of them were read after. `progress` is told how many articles are in.
        """
        self._discard()
        name = self._folder.fresh()
        writer = open_index(self._folder.path / name).writer(REBUILD_HEAP_BYTES, 1)
        for done, change in enumerate(changes, start=1):
            write(writer, [change], fresh=True)
            if done % REBUILD_BATCH == 0:
                progress(done)
        writer.commit()
        writer.wait_merging_threads()  # and gives back its memory: what follows is written with less
        self._folder.keep_position(name, position)
        self._folder.serve(name)
        self._name = name

    def close(self) -> None:
        self._discard()
        self._lock.close()

    def _sound(self) -> str | None:
        """The directory that serves, if its files are what was written; it is read once."""
        name = self._folder.serving()
        try:
            if name is not None:
                check(self._folder.path / name)
        except (OSError, ValueError):
            return None
        return name

    def _opened(self) -> IndexWriter:
        assert self._name is not None
        directory = self._folder.path / self._name
        if not (directory / "meta.json").exists():
            raise FileNotFoundError("its directory is gone")
        if self._writer is None:
            self._writer = open_index(directory).writer(HEAP_BYTES, 1)
        return self._writer

    def _discard(self) -> None:
        if self._writer is not None:
            with suppress(ValueError, OSError):  # its directory may be gone
                self._writer.rollback()
        self._writer = None


def check(directory: Path) -> None:
    """Raises ValueError for files that are not what was written, OSError for a directory that is gone."""
    if (damaged := find_damage(directory)) is not None:
        raise ValueError(f"{damaged} is not what was written")


def open_index(directory: Path) -> Index:
    """The index there, or a new one in an empty directory. Raises ValueError."""
    exists = Index.exists(str(directory))
    index = Index.open(str(directory)) if exists else Index(schema_of_index(), path=str(directory))
    register_analyser(index)
    return index


def write(writer: IndexWriter, changes: Iterable[ArticleChange], *, fresh: bool = False) -> None:
    """`fresh`: the articles are not there yet, and nothing needs to go first."""
    schema = schema_of_index()
    for change in changes:
        if not fresh:  # by a query: a deletion by term takes the number for a signed one and finds nothing
            number = number_of(change.article)
            writer.delete_documents_by_query(Node.term_query(schema, "number", number, "basic"))
        for edition in change.editions:
            for document in documents_of(edition):
                writer.add_document(document)
