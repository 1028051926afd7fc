"""The checks of a composed registry: one rule, one file. Each reports to `Findings` and raises nothing."""

from collections.abc import Callable

from engine.resource.model import Registry
from engine.resource.sdl.findings import Findings

Check = Callable[[Registry, Findings], None]
CHECKS: tuple[Check, ...] = ()
