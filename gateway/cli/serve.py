"""`paifang serve`: run the gateway."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.flags import settings_or_fail
from gateway.cli.server import serve
from gateway.settings import Settings

EXAMPLE = "PAIFANG_EGRESS_ALLOW=127.0.0.1 paifang serve --resources examples/rides/resources/rides.graphql"


def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one.")] = None,
    data: Annotated[Path | None, typer.Option(help="Directory of the store and of keys.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve; one per core serves most.")
    ] = None,
    resources: Annotated[list[Path] | None, typer.Option(help="SDL files to publish at start.")] = None,
    dev_auth: Annotated[bool, typer.Option("--dev-auth", help="Trust tokens of `paifang token`.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings.")] = None,
) -> None:
    """Run the gateway."""
    settings = settings_or_fail(
        {
            "host": host,
            "port": port,
            "data": data,
            "workers": workers,
            "resources": tuple(resources or ()),
            "dev_auth": dev_auth or None,
            "config": config,
        }
    )
    serve(settings, _say_ready)


def _say_ready(settings: Settings) -> None:
    typer.echo(f"Paifang serves http://{settings.host}:{settings.port}/graphql")
    if not settings.auth_configured:
        typer.echo(
            "Callers are not authenticated: all on this machine are local-dev, with all roles and units.\n"
            "Set PAIFANG_JWKS or PAIFANG_PUBLIC_KEY, or start with --dev-auth, to change that."
        )
