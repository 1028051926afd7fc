"""`paifang export-schema`: the platform's API as SDL, the text of the committed schema.graphql."""

import typer

from schema.executable import PlatformSchema
from schema.platform import platform_sdl

EXAMPLE = "paifang export-schema"


def run() -> None:
    """Print the platform's API as SDL.

    Modules that business units publish come on top of it; introspect a running gateway to see both.
    """
    typer.echo(platform_sdl(PlatformSchema()), nl=False)
