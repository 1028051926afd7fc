"""What an operation's answer depends on besides its variables: the key under which it may be shared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.resource.mapping import VariableUse
from engine.resource.model import Registry
from engine.resource.plan.assembly import Assembly
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.drafts import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """`context`: paths below `$context`; `headers`: client headers, lower case; `rules`: rule ids.

    `sources` are the sources whose mutations make a shared answer stale.
    """

    context: tuple[tuple[str, ...], ...]
    headers: tuple[str, ...]
    rules: tuple[int, ...]
    sources: tuple[str, ...]


def uses_of(drafting: Drafting, registry: Registry, assembly: Assembly) -> Uses:
    drafts = [draft for listed in drafting.drafts.values() for draft in listed]
    context: set[tuple[str, ...]] = set()
    headers: set[str] = set()
    sources: set[str] = set()
    for draft in drafts:
        context.update(_context_paths(draft))
        if draft.connector is not None:
            sources.add(draft.connector.source)
            if draft.connector.cache is not None and draft.connector.cache.private:
                context.add(("subject",))
            headers.update(h.forward for h in draft.connector.headers if h.forward is not None)
            headers.update(_header_names(draft.connector.variables))
    rules = set(assembly.guards.rule_ids())
    for rule in (registry.rules[index] for index in rules):
        if rule.when is not None:
            context.update(path[1:] for path in rule.when.paths if path[0] == "context")
    return Uses(
        context=tuple(sorted(context)),
        headers=tuple(sorted(headers)),
        rules=tuple(sorted(rules)),
        sources=tuple(sorted(sources)),
    )


def _context_paths(draft: Draft) -> Iterator[tuple[str, ...]]:
    if draft.connector is not None:
        yield from (use.path for use in draft.connector.variables if use.name == "$context")
    expression = draft.value.expression if draft.value is not None else None
    if draft.rule is not None:
        expression = draft.rule.when
    if expression is not None:
        yield from (path[1:] for path in expression.paths if path[0] == "context")


def _header_names(uses: Iterable[VariableUse]) -> Iterator[str]:
    """Names under `$request.headers`; the whole of it where no name is given."""
    for use in uses:
        if use.name == "$request":
            yield use.path[1].lower() if len(use.path) > 1 else "*"
