"""A draft of a module, tried out with what is published."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.problem import Problem, Severity
from engine.resource.model import Module, Registry
from engine.resource.sdl import Platform, compose, parse_module
from resolvers.errors import InputInvalid
from resolvers.resources.catalog import Catalog
from resolvers.resources.names import name_problem
from resolvers.resources.records import Config, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a unit hands in. `config` None leaves the module's values as they are."""

    module: str
    sdl: str
    config: Config | None = field(default=None, repr=False)
    expected_version: int | None = None
    force: bool = False
    reason: str | None = None

    def __post_init__(self) -> None:
        try:
            canonical(self.config or {})
        except (TypeError, ValueError, RecursionError):
            raise InputInvalid(argument="config", reason="holds a value that is not JSON") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A draft composed with what is published; `registry` None: it does not compose."""

    module: Module | None
    registry: Registry | None
    problems: tuple[Problem, ...]


def try_out(catalog: Catalog, draft: Draft, platform: Platform, *, trusted: bool = False) -> Trial:
    """Parse the draft and compose it with the others; CPU-bound. `trusted`: an administrator hands it in.

    Modules that were left out get another chance: what they miss may be what is published now.
    """
    if (problem := name_problem(draft.module)) is not None:
        return Trial(module=None, registry=None, problems=(problem,))
    config = _effective_config(catalog, draft)
    parsed = parse_module(draft.module, draft.sdl, config, trusted=trusted)
    if isinstance(parsed, Problem):
        return Trial(module=None, registry=None, problems=(parsed,))
    if catalog.left_out:
        composition = compose(tuple({**catalog.parsed, draft.module: parsed}.values()), platform)
        if composition.registry is not None:
            return _trial(parsed, composition.registry, composition.problems)
    modules = tuple({**catalog.served, draft.module: parsed}.values())
    composition = compose(modules, platform)
    if composition.registry is None:  # again, so that where it clashes the draft is at fault
        composition = compose(modules, platform, newest=draft.module)
    return _trial(parsed, composition.registry, composition.problems)


def _trial(module: Module, registry: Registry | None, problems: Sequence[Problem]) -> Trial:
    """Of other modules' problems only the errors count: their warnings are not this unit's business."""
    own = [p for p in problems if p.severity is Severity.ERROR or p.module in (module.name, None)]
    return Trial(module=module, registry=registry, problems=tuple(own))


def _effective_config(catalog: Catalog, draft: Draft) -> Config:
    if draft.config is not None:
        return draft.config
    parsed = catalog.parsed.get(draft.module)
    return {} if parsed is None else parsed.config
