"""The published modules as this worker knows them: read from the store, parsed, composed.

One document, the head, names the published version of every module. Every publish replaces it, so that of
two publishers who composed against the same head one wins and the other composes again: no two modules that
fit alone and not together are ever published.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from engine.problem import Problem, Severity
from engine.resource.model import Module, Registry
from engine.resource.sdl import Platform, compose, parse_module
from resolvers.ports import Document, DocumentStore
from resolvers.resources.ports import SecretBox, SecretUnreadable
from resolvers.resources.records import (
    HEAD_ID,
    HEADS,
    MODULES,
    Config,
    ModuleRecord,
    head_versions,
    module_of,
    open_config,
)
from resolvers.store_errors import StoreUnavailable

MAX_READS = 20  # of a head that moves on while its modules are read; each publish takes longer than a read


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A stored module: parsed, or the problem why it cannot be."""

    record: ModuleRecord
    parsed: Module | Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """What is published under head `number`, and the registry it makes.

    `left_out` says why a stored module is not in the registry: it composed when it was published, under a
    release that knew other names or rules.
    """

    number: int
    stored: Mapping[str, Stored]
    registry: Registry
    left_out: Mapping[str, Sequence[Problem]] = field(default_factory=dict[str, Sequence[Problem]])

    @property
    def served(self) -> dict[str, Module]:
        return dict(self.registry.modules)

    @property
    def parsed(self) -> dict[str, Module]:
        return {name: one.parsed for name, one in self.stored.items() if isinstance(one.parsed, Module)}

    def find(self, module: str) -> ModuleRecord | None:
        stored = self.stored.get(module)
        return None if stored is None else stored.record

    def with_module(self, stored: Stored, registry: Registry) -> "Catalog":
        """The catalog after this module was published with this registry."""
        left_out = {name: why for name, why in self.left_out.items() if name not in registry.modules}
        return Catalog(
            number=self.number + 1,
            stored={**self.stored, stored.record.name: stored},
            registry=registry,
            left_out=left_out,
        )


class CatalogKeeper:
    """Keeps this worker's catalog at what the store says; one change at a time."""

    def __init__(self, store: DocumentStore, secrets: SecretBox, platform: Platform) -> None:
        self.platform = platform
        self._store = store
        self._secrets = secrets
        self._catalog = _compose_catalog(0, {}, platform)
        self._changing = asyncio.Lock()

    @property
    def catalog(self) -> Catalog:
        """The catalog of the last refresh or publish, without asking the store."""
        return self._catalog

    async def refresh(self) -> Catalog:
        """The catalog as the store has it now. Raises `StoreUnavailable`."""
        async with self.changing() as catalog:
            return catalog

    @asynccontextmanager
    async def changing(self) -> AsyncGenerator[Catalog]:
        """A fresh catalog that no one else in this worker changes meanwhile."""
        async with self._changing:
            self._catalog = await self._read()
            yield self._catalog

    def advance(self, catalog: Catalog) -> None:
        """Take over what was just written, inside `changing`."""
        self._catalog = catalog

    async def _read(self) -> Catalog:
        for _ in range(MAX_READS):
            head = await self._store.find(HEADS, HEAD_ID)
            number = head["version"] if head else 0
            if number == self._catalog.number:
                return self._catalog
            wanted = head_versions(head) if head else {}
            known = self._catalog.stored if number > self._catalog.number else {}  # else a backup came back
            kept = {n: s for n, s in known.items() if s.record.version == wanted.get(n)}
            changed = [name for name in wanted if name not in kept]
            documents = await self._store.load_many(MODULES, changed)
            records = _records_at(documents, wanted)
            if records is not None:
                return await asyncio.to_thread(self._compose, number, kept, records)
        raise StoreUnavailable(reason="the published modules change faster than they can be read")

    def _compose(self, number: int, kept: Mapping[str, Stored], records: Iterable[ModuleRecord]) -> Catalog:
        read = {record.name: read_stored(record, self._secrets) for record in records}
        return _compose_catalog(number, {**kept, **read}, self.platform)


def read_stored(record: ModuleRecord, secrets: SecretBox) -> Stored:
    """Parse a stored module with its configuration; costs what parsing its text costs."""
    try:
        config = open_config(record.config, secrets, module=record.name)
    except SecretUnreadable as error:
        problem = Problem(
            code="CONFIG_UNREADABLE",
            message=str(error),
            module=record.name,
            suggestion="give the gateway the key it had, or publish the module again with its config",
        )
        return Stored(record=record, parsed=problem)
    return Stored(record=record, parsed=_parse(record, config))


def _parse(record: ModuleRecord, config: Config) -> Module | Problem:
    return parse_module(record.name, record.current.sdl, config, trusted=record.current.trusted)


def errors_among(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(problem for problem in problems if problem.severity is Severity.ERROR)


def _records_at(
    documents: Sequence[Document | None], wanted: Mapping[str, int]
) -> tuple[ModuleRecord, ...] | None:
    """The records if they are those the head names; None if the head has moved on since."""
    records = tuple(module_of(document) for document in documents if document is not None)
    complete = len(records) == len(documents)
    return records if complete and all(wanted[r.name] == r.version for r in records) else None


def _compose_catalog(number: int, stored: Mapping[str, Stored], platform: Platform) -> Catalog:
    """Compose every stored module that fits; a module is left out rather than all of them lost."""
    left_out: dict[str, Sequence[Problem]] = {
        name: (one.parsed,) for name, one in stored.items() if isinstance(one.parsed, Problem)
    }
    fitting = {name: one.parsed for name, one in stored.items() if isinstance(one.parsed, Module)}
    while True:
        composition = compose(tuple(fitting.values()), platform)
        if composition.registry is not None:
            return Catalog(number=number, stored=stored, registry=composition.registry, left_out=left_out)
        errors = errors_among(composition.problems)
        modules = {problem.module for problem in errors}
        blamed = [name for name in fitting if name in modules] or list(fitting)
        if not blamed:
            raise ValueError(f"the platform's own schema does not compose: {errors}")
        for name in blamed:
            left_out[name] = tuple(problem for problem in errors if problem.module in (name, None))
            del fitting[name]
