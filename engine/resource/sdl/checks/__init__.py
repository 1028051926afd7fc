"""The checks of a composed registry: one rule, one file. Each reports to `Findings` and raises nothing."""

from collections.abc import Callable

from engine.resource.model import Registry
from engine.resource.sdl.checks.access import check_access
from engine.resource.sdl.checks.batches import check_batches
from engine.resource.sdl.checks.caching import check_caching
from engine.resource.sdl.checks.constants import check_constants
from engine.resource.sdl.checks.costs import check_costs
from engine.resource.sdl.checks.failures import check_failures
from engine.resource.sdl.checks.headers import check_headers
from engine.resource.sdl.checks.keys import check_keys
from engine.resource.sdl.checks.paths import check_paths
from engine.resource.sdl.checks.policies import check_policies
from engine.resource.sdl.checks.roots import check_positions_of_directives
from engine.resource.sdl.checks.schema import check_schema
from engine.resource.sdl.checks.selections import check_selections
from engine.resource.sdl.checks.several import check_several
from engine.resource.sdl.checks.siblings import check_siblings
from engine.resource.sdl.checks.variables import check_variables
from engine.resource.sdl.checks.visible import check_visible
from engine.resource.sdl.findings import Findings

Check = Callable[[Registry, Findings], None]
CHECKS: tuple[Check, ...] = (
    check_schema,
    check_positions_of_directives,
    check_selections,
    check_several,
    check_variables,
    check_siblings,
    check_keys,
    check_batches,
    check_failures,
    check_caching,
    check_constants,
    check_costs,
    check_headers,
    check_policies,
    check_access,
    check_visible,
    check_paths,
)
