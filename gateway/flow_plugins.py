"""Load what other distributions add to flows: entry points of the group `paifang.flow`, once at start.

An entry point names a `FlowPlugin`, or a function that makes one.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from engine.flow.parts import FlowParts, FlowPlugin

GROUP = "paifang.flow"


class PluginUnusable(Exception):
    """A plug-in is installed that cannot be loaded: a gateway without it would refuse flows that need it."""


def flow_parts() -> FlowParts:
    """Our parts and those of what is installed. Raises `PluginUnusable`."""
    try:
        return FlowParts().with_plugins(load_plugins())
    except ValueError as error:
        raise PluginUnusable(str(error)) from None


def load_plugins(found: Iterable[EntryPoint] | None = None) -> list[FlowPlugin]:
    """By name; `found` stands for what is installed. Raises `PluginUnusable`, naming the plug-in."""
    points = entry_points(group=GROUP) if found is None else found
    return [_load(point) for point in sorted(points, key=lambda point: point.name)]


def _load(point: EntryPoint) -> FlowPlugin:
    try:
        loaded: object = point.load()
        made = loaded if isinstance(loaded, FlowPlugin) else cast("Callable[[], object]", loaded)()
    except Exception as error:
        raise PluginUnusable(f"the flow plug-in {point.name!r} ({point.value}) fails: {error!r}") from error
    if not isinstance(made, FlowPlugin):
        raise PluginUnusable(f"the flow plug-in {point.name!r} ({point.value}) gives no FlowPlugin")
    return made
