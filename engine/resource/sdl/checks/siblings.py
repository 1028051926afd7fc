"""A field that another field reads is read without arguments, so it can have no required one."""

from graphql import is_required_argument

from engine.resource.model import Registry
from engine.resource.sdl.checks.dependencies import dependencies
from engine.resource.sdl.checks.registered import definition_of
from engine.resource.sdl.findings import Findings


def check_siblings(registry: Registry, findings: Findings) -> None:
    for dependency in dependencies(registry):
        field, needed = dependency.field, dependency.needed
        definition = definition_of(registry, needed.coordinate)
        for name, argument in definition.args.items() if definition is not None else ():
            if is_required_argument(argument):
                findings.add(
                    "DEPENDENCY_ARGUMENTS",
                    f"{field.coordinate} reads {needed.coordinate}, which needs the argument '{name}'",
                    field.place,
                    path=field.coordinate,
                    suggestion=f"Give '{name}' a default, or read a field without required arguments",
                )
