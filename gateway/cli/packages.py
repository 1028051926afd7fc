"""The start-up guard: our flat package names are the ones Python finds."""

from importlib.util import find_spec
from pathlib import Path

import gateway
from gateway.cli.failure import CommandFailed, ExitCode

OWN_PACKAGES = ("schema", "resolvers", "engine", "kb_index")  # ordinary words: other libraries use them too


def check_own_packages() -> None:
    """Refuse to start on a foreign library of the same name, whose ImportErrors would lead astray.

    Raises:
        CommandFailed: naming the package and the file found in its place.
    """
    top = Path(gateway.__path__[0]).parent
    for name in OWN_PACKAGES:
        spec = find_spec(name)
        found = spec.origin if spec is not None else None
        if found != str(top / name / "__init__.py"):
            raise CommandFailed(
                f"the package {name!r} of Paifang is hidden by {found or 'nothing: it is missing'}",
                next_step=f"start with scripts/run, or run `pip uninstall {name}` in this environment",
                code=ExitCode.UNREACHABLE,
            )
