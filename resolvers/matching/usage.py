"""Which match rules use which fields, and what another graph would break in them."""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from engine.problem import Problem, Severity
from engine.resource.model import Registry
from resolvers.flows.usage import Describe
from resolvers.matching.checking import check_rule
from resolvers.matching.records import RULES, rule_of
from resolvers.matching.rule import RuleRecord
from resolvers.paging import select_all
from resolvers.ports import MAX_PAGE, Document, DocumentStore, Query


class RuleUsage:
    """Implements the resource use cases' `UsageIndex`. `describing`: operations described on a registry."""

    def __init__(self, store: DocumentStore, describing: Callable[[Registry], Describe]) -> None:
        self._store = store
        self._describing = describing

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        found = {field: await self._using(field) for field in fields}
        return {
            field: sorted(f"rule {one['id']} ({one['name']})" for one in users)
            for field, users in found.items()
            if users
        }

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> list[Problem]:
        documents = {one["id"]: one for field in fields for one in await self._using(field)}
        rules = [rule_of(document) for _, document in sorted(documents.items())]
        return await asyncio.to_thread(self._compare, rules, current, proposed) if rules else []

    def _compare(self, rules: Sequence[RuleRecord], current: Registry, proposed: Registry) -> list[Problem]:
        now, then = self._describing(current), self._describing(proposed)
        found: list[Problem] = []
        for rule in rules:
            known = {(one.code, one.path) for one in _check(rule, now)}
            fresh = (one for one in _check(rule, then) if (one.code, one.path) not in known)
            found += [_of_rule(rule, problem) for problem in fresh]
        return found

    async def _using(self, field: str) -> list[Document]:
        """Those that are enabled."""
        query = Query(collection=RULES, index="by_use", equal={"uses": field}, limit=MAX_PAGE)
        return [one for one in await select_all(self._store, query) if one["enabled"]]


def _check(rule: RuleRecord, describe: Describe) -> Sequence[Problem]:
    return check_rule(rule.content, partial(describe, units={rule.content.unit})).problems


def _of_rule(rule: RuleRecord, problem: Problem) -> Problem:
    breaks = problem.severity is Severity.ERROR
    return Problem(
        code="BREAKS_RULE" if breaks else "AFFECTS_RULE",
        severity=problem.severity,
        path=f"{rule.id}/{problem.path or ''}",
        message=f"the match rule {rule.content.name!r} ({rule.id}): {problem.code}: {problem.message}",
    )
