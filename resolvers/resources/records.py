"""Modules and their versions as they are stored, and how they become documents and come back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from resolvers.ports import Collection, Document
from resolvers.resources.ports import SecretBox

MODULES = Collection(name="resource_modules")  # id: the module's name; version: the module's version
VERSIONS = Collection(name="resource_module_versions", feed=False)  # id: `version_id`; written once
HEADS = Collection(name="resource_heads", feed=False)  # one: the published version of each module
HEAD_ID = "published"

COLLECTIONS = (MODULES, VERSIONS, HEADS)

Config = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """One version of a module, as it was published."""

    module: str
    version: int
    sdl: str
    published_at: datetime
    published_by: str
    reason: str | None
    forced: bool
    trusted: bool  # published by an administrator: it may depend on what other units guard


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleRecord:
    """A module at its current version; `config` is sealed, and is the module's, not a version's."""

    current: VersionRecord
    unit: str
    config: bytes | None = field(repr=False)

    @property
    def name(self) -> str:
        return self.current.module

    @property
    def version(self) -> int:
        return self.current.version


def version_id(module: str, version: int) -> str:
    return f"{module}@{version}"  # a module's name has no @


def version_to_document(record: VersionRecord) -> Document:
    return {
        "id": version_id(record.module, record.version),
        "version": 1,
        "module": record.module,
        "number": record.version,
        **_publication(record),
    }


def version_of(document: Document) -> VersionRecord:
    return _version(document, module=document["module"], number=document["number"])


def module_to_document(record: ModuleRecord) -> Document:
    return {
        "id": record.name,
        "version": record.version,
        "unit": record.unit,
        "config": record.config,
        **_publication(record.current),
    }


def module_of(document: Document) -> ModuleRecord:
    current = _version(document, module=document["id"], number=document["version"])
    return ModuleRecord(current=current, unit=document["unit"], config=document["config"])


def head_to_document(number: int, versions: Mapping[str, int]) -> Document:
    modules = [{"name": name, "version": versions[name]} for name in sorted(versions)]
    return {"id": HEAD_ID, "version": number, "modules": modules}


def head_versions(document: Document) -> dict[str, int]:
    return {entry["name"]: entry["version"] for entry in document["modules"]}


def canonical(config: Config) -> bytes:
    """One text for one configuration, by which two are compared. Raises ValueError for what is not JSON."""
    return json.dumps(config, sort_keys=True, allow_nan=False, ensure_ascii=True).encode()


def seal_config(config: Config, secrets: SecretBox, *, module: str) -> bytes | None:
    return secrets.seal(canonical(config), owner=module) if config else None


def open_config(sealed: bytes | None, secrets: SecretBox, *, module: str) -> Config:
    """Raises `SecretUnreadable`."""
    return json.loads(secrets.open(sealed, owner=module)) if sealed else {}


def _publication(record: VersionRecord) -> Document:
    return {
        "sdl": record.sdl,
        "published_at": record.published_at,
        "published_by": record.published_by,
        "reason": record.reason,
        "forced": record.forced,
        "trusted": record.trusted,
    }


def _version(document: Document, *, module: str, number: int) -> VersionRecord:
    return VersionRecord(
        module=module,
        version=number,
        sdl=document["sdl"],
        published_at=document["published_at"],
        published_by=document["published_by"],
        reason=document["reason"],
        forced=document["forced"],
        trusted=document["trusted"],
    )
