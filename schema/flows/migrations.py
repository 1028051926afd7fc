"""The root field that moves running instances to another version."""

from __future__ import annotations

import strawberry
from strawberry import UNSET, Info
from strawberry.scalars import JSON

from resolvers.context import Context
from resolvers.flows import migrating
from schema.objects import given_object
from schema.problem import Problem


@strawberry.input
class MigrateInput:
    flow_key: str
    from_version: int
    to_version: int
    mapping: JSON | None = strawberry.field(default=UNSET, description="old element key: new element key")
    dry_run: bool = True

    def to_migration(self) -> migrating.MigrationGiven:
        return migrating.MigrationGiven(
            flow_key=self.flow_key,
            from_version=self.from_version,
            to_version=self.to_version,
            mapping=given_object(self.mapping, argument="mapping") or {},
            dry_run=self.dry_run,
        )


@strawberry.type(description="Of a dry run: what would be.")
class MigrationReport:
    migrated: int
    refused: int
    problems: list[Problem]


@strawberry.type
class FlowMigrationsMutation:
    @strawberry.mutation(
        description="Moves running instances to another version, each open element to one of the same type."
    )
    @staticmethod
    async def migrate_instances(info: Info[Context, None], input: MigrateInput) -> MigrationReport:  # noqa: A002  # the contract's name
        done = await migrating.migrate_instances(info.context, input.to_migration())
        return MigrationReport(
            migrated=done.migrated,
            refused=done.refused,
            problems=[Problem.of(problem) for problem in done.problems],
        )
