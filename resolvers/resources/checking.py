"""What would publishing a draft say and change?"""

import asyncio
from dataclasses import dataclass

from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.resources.breaking import usage_problems, with_users
from resolvers.resources.catalog import Catalog, errors_among
from resolvers.resources.changes import SchemaChange, changes_between
from resolvers.resources.drafts import Draft, try_out
from resolvers.resources.errors import ModuleVersionConflict


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesReport:
    """Everything publishing would say: `problems` with severity ERROR would refuse it."""

    problems: tuple[Problem, ...]
    changes: tuple[SchemaChange, ...]

    @property
    def ok(self) -> bool:
        return not errors_among(self.problems)


async def check_module(context: Context, draft: Draft) -> ResourcesReport:
    """Everything publishing the draft would say, without publishing it."""
    keeper = context.resources.keeper
    catalog = await keeper.refresh()
    trial = await asyncio.to_thread(
        try_out, catalog, draft, keeper.platform, trusted=context.principal.has_role(ADMIN)
    )
    problems = [*trial.problems, *_conflict_problem(catalog, draft)]
    changes: tuple[SchemaChange, ...] = ()
    if trial.registry is not None:
        problems += _owner_problem(context, catalog, draft.module, trial.registry)
        problems += await usage_problems(context, draft, current=catalog.registry, proposed=trial.registry)
        found = await asyncio.to_thread(changes_between, catalog.registry, trial.registry)
        changes = await with_users(context, catalog.registry, found)
    return ResourcesReport(problems=tuple(problems), changes=changes)


def _conflict_problem(catalog: Catalog, draft: Draft) -> list[Problem]:
    current = catalog.find(draft.module)
    actual = 0 if current is None else current.version
    if draft.expected_version in (None, actual):
        return []
    conflict = ModuleVersionConflict(module=draft.module, expected=draft.expected_version, actual=actual)
    return [Problem(code=conflict.code, message=str(conflict), module=draft.module)]


def _owner_problem(context: Context, catalog: Catalog, module: str, registry: Registry) -> list[Problem]:
    """A warning: who checks is often not who publishes."""
    current, unit = catalog.find(module), registry.units[module]
    if current is None or current.unit == unit:
        return []
    return [
        Problem(
            code="OWNER_CHANGED",
            severity=Severity.WARNING,
            message=f"this gives the module of the unit {current.unit} to the unit {unit}",
            module=module,
            suggestion=f'only an admin may: write @owner(unit: "{current.unit}") to keep it',
        )
    ]
