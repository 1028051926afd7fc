"""What a worker does between opening its services and answering: publish the files it was started with."""

from collections.abc import Iterable
from pathlib import Path

from engine.access import ANY, Principal
from gateway.wiring import Services
from resolvers.context import open_context
from resolvers.resources.drafts import Draft
from resolvers.resources.publishing import publish_module

OPERATOR = Principal(subject="operator", roles=frozenset({ANY}), units=frozenset({ANY}))


async def publish_files(services: Services, files: Iterable[Path]) -> None:
    """Publish each file as the module of its name; what is published already stays as it is.

    Raises `ResourcesInvalid` and OSError: the worker cannot start with these files.
    """
    for path in files:
        draft = Draft(module=path.stem, sdl=path.read_text("utf-8"), reason="started with this file")
        await publish_module(open_context(OPERATOR, services.use_cases), draft)
