"""From SDL to a registry: parse modules, merge them into one schema, read their directives, check them."""

from engine.resource.sdl.compose import Composition, Platform, compose
from engine.resource.sdl.modules import parse_module

__all__ = ["Composition", "Platform", "compose", "parse_module"]
