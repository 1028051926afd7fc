"""Modules, reports and plans as clients see them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.resources import changes as schema_changes
from resolvers.resources import checking, differing, drafts, reading, records
from schema.objects import given_object
from schema.problem import Problem


@strawberry.input
class ResourcesInput:
    module: str
    sdl: str
    config: JSON | None = strawberry.field(
        default=UNSET, description="CEL-free key/values for {$config.x}; omitted: as they are"
    )
    force: bool = False
    reason: str | None = UNSET
    expected_version: int | None = strawberry.field(
        default=UNSET, description="the version to publish on top of, 0 for none; omitted: whatever it is"
    )

    def to_draft(self) -> drafts.Draft:
        """Raises `InputInvalid`."""
        return drafts.Draft(
            module=self.module,
            sdl=self.sdl,
            config=given_object(self.config, argument="config"),
            expected_version=self.expected_version if self.expected_version is not UNSET else None,
            force=self.force,
            reason=self.reason or None,
        )


@strawberry.type
class ResourceModuleVersion:
    version: int
    sdl: str
    published_at: datetime
    published_by: str
    reason: str | None

    @classmethod
    def of(cls, record: records.VersionRecord) -> ResourceModuleVersion:
        return cls(
            version=record.version,
            sdl=record.sdl,
            published_at=record.published_at,
            published_by=record.published_by,
            reason=record.reason,
        )


strawberry.enum(schema_changes.ChangeLevel, description="What a change does to clients.")


@strawberry.type
class SchemaChange:
    coordinate: str
    kind: str
    breaking: bool
    level: schema_changes.ChangeLevel
    message: str
    used_by: list[str] = strawberry.field(description="operations, flows and rules that use it")

    @classmethod
    def of(cls, change: schema_changes.SchemaChange) -> SchemaChange:
        return cls(
            coordinate=change.coordinate,
            kind=change.kind,
            breaking=change.breaking,
            level=change.level,
            message=change.message,
            used_by=list(change.used_by),
        )


@strawberry.type
class ResourceModule:
    domain: strawberry.Private[reading.PublishedModule]
    name: str
    unit: str
    version: int
    sdl: str
    published_at: datetime
    published_by: str
    revision: str = strawberry.field(description="the schema revision that serves it")
    problems: list[Problem] = strawberry.field(description="why it is not being served; empty if it is")

    @strawberry.field(description="its versions, newest first")
    async def history(self, info: Info[Context, None]) -> list[ResourceModuleVersion]:
        versions = await reading.list_versions(info.context, self.domain)
        return [ResourceModuleVersion.of(version) for version in versions]

    @strawberry.field(
        description="What differs from one version to another (the published one if not given), beside the"
        " other modules as they are now; breaking changes first."
    )
    async def diff(
        self, info: Info[Context, None], from_version: int, to_version: int | None = None
    ) -> list[SchemaChange]:
        new = self.version if to_version is None else to_version
        changes = await differing.compare_versions(info.context, self.domain, old=from_version, new=new)
        return [SchemaChange.of(change) for change in changes]

    @classmethod
    def of(cls, module: reading.PublishedModule) -> ResourceModule:
        current = module.record.current
        return cls(
            domain=module,
            name=current.module,
            unit=module.record.unit,
            version=current.version,
            sdl=current.sdl,
            published_at=current.published_at,
            published_by=current.published_by,
            revision=module.revision,
            problems=[Problem.of(problem) for problem in module.problems],
        )


@strawberry.type
class ResourcesReport:
    ok: bool
    problems: list[Problem]
    changes: list[SchemaChange]

    @classmethod
    def of(cls, report: checking.ResourcesReport) -> ResourcesReport:
        return cls(
            ok=report.ok,
            problems=[Problem.of(problem) for problem in report.problems],
            changes=[SchemaChange.of(change) for change in report.changes],
        )
