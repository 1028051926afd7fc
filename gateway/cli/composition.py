"""Compose module files offline, as a gateway that serves only them would."""

from collections.abc import Iterable, Mapping

from engine.problem import Problem
from engine.resource.egress import EgressGuard
from engine.resource.model import Module
from engine.resource.sdl import Composition, compose, parse_module
from gateway.cli.module_files import ModuleFile
from resolvers.resources.names import name_problem
from schema.executable import PlatformSchema
from schema.platform import platform_of


def compose_files(files: Iterable[ModuleFile], config: Mapping[str, object]) -> Composition:
    """All problems at once; while a file does not parse, only such: the others' would be its echo.

    Which private addresses the gateway may call is not known here: one that is written out is a warning.
    """
    parsed = [_parse(file, config) for file in files]
    problems = tuple(one for one in parsed if isinstance(one, Problem))
    if problems:
        return Composition(registry=None, problems=problems)
    modules = tuple(one for one in parsed if isinstance(one, Module))
    return compose(modules, platform_of(PlatformSchema(), EgressGuard(None, None)))


def _parse(file: ModuleFile, config: Mapping[str, object]) -> Module | Problem:
    return name_problem(file.module) or parse_module(file.module, file.sdl, config)
