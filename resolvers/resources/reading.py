"""Look up the published modules and what an operation would do."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.problem import Problem
from engine.resource.plan.description import Description
from resolvers.context import Context
from resolvers.resources.catalog import Catalog
from resolvers.resources.records import ModuleRecord, VersionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModule:
    """A module beside the schema revision that serves it; `problems` say why it is left out, if it is."""

    record: ModuleRecord
    revision: str
    problems: tuple[Problem, ...] = ()


def list_modules(context: Context) -> list[PublishedModule]:
    """All modules by name, as this worker serves them: no store is asked."""
    catalog = context.resources.keeper.catalog
    return [published_module(catalog, catalog.stored[name].record) for name in sorted(catalog.stored)]


def find_module(context: Context, name: str) -> PublishedModule | None:
    catalog = context.resources.keeper.catalog
    record = catalog.find(name)
    return None if record is None else published_module(catalog, record)


async def list_versions(context: Context, module: PublishedModule) -> list[VersionRecord]:
    """The module's versions, newest first."""
    return await context.loaders.histories.load((module.record.name, module.record.version))


def explain_operation(
    context: Context, query: str, *, variables: Mapping[str, object], operation_name: str | None
) -> Description:
    """The operation's plan for this caller. Raises `OperationRefused`."""
    return context.resources.explainer.explain(
        query, variables=variables, operation_name=operation_name, principal=context.principal
    )


def published_module(catalog: Catalog, record: ModuleRecord) -> PublishedModule:
    return PublishedModule(
        record=record,
        revision=catalog.registry.revision,
        problems=tuple(catalog.left_out.get(record.name, ())),
    )
