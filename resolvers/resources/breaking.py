"""What publishing would break for those who use the graph, and who may do it all the same."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.access import ADMIN
from resolvers.context import Context
from resolvers.resources.changes import SchemaChange
from resolvers.resources.drafts import Draft
from resolvers.resources.touched import fields_about, touched_fields

BREAKING = ("BREAKS_FLOW", "BREAKS_RULE", "BREAKS_OPERATION")
HINTS = {"BREAKS_OPERATION": "deprecate it until its clients do without"}
MAX_AUDITED = 20  # broken places that a version's reason names


async def usage_problems(
    context: Context, draft: Draft, *, current: Registry, proposed: Registry
) -> list[Problem]:
    """Of users of the graph; where the draft may force its way, what breaks is a warning."""
    touched = await asyncio.to_thread(touched_fields, current, proposed)
    if not touched:
        return []
    found = await context.resources.usage.problems(touched, current=current, proposed=proposed)
    forced = _may_force(context, draft)
    return [_told(problem, draft, forced=forced) for problem in found]


async def with_users(
    context: Context, current: Registry, changes: Sequence[SchemaChange]
) -> tuple[SchemaChange, ...]:
    """The changes with those who use what they are about."""
    about = {change.coordinate: fields_about(current, change.coordinate) for change in changes}
    users = await context.resources.usage.users(frozenset[str]().union(*about.values()))
    return tuple(
        replace(
            change,
            used_by=tuple(
                sorted({user for field in about[change.coordinate] for user in users.get(field, ())})
            ),
        )
        for change in changes
    )


def audited_reason(draft: Draft, problems: Sequence[Problem]) -> str | None:
    """The publisher's reason, and after it what was broken knowingly."""
    broken = sorted({problem.path or "" for problem in problems if problem.code in BREAKING})
    if not broken:
        return draft.reason
    more = f" and {len(broken) - MAX_AUDITED} more" if len(broken) > MAX_AUDITED else ""
    return f"{draft.reason} (forced, breaks {', '.join(broken[:MAX_AUDITED])}{more})"


def _may_force(context: Context, draft: Draft) -> bool:
    return draft.force and bool(draft.reason) and context.principal.has_role(ADMIN)


def _told(problem: Problem, draft: Draft, *, forced: bool) -> Problem:
    told = problem.within(module=draft.module)
    if problem.severity is not Severity.ERROR:
        return told
    if forced:
        return replace(told, severity=Severity.WARNING)
    hint = HINTS.get(problem.code, "change the flow or rule first")
    hint = f"keep what it uses, or {hint}; an admin may publish with force and a reason"
    return replace(told, suggestion=hint)
