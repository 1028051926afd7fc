"""`paifang token`: a token for development, accepted by a gateway with --dev-auth and the same --data."""

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flags import settings_or_fail
from gateway.security.dev_tokens import mint_token, open_token_key
from gateway.security.key_files import KeyUnusable

EXAMPLE = "paifang token --subject eng-zhou --role publisher --unit rides --expires 8h"

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def run(
    subject: Annotated[str, typer.Option(help="Who asks.")] = "developer",
    role: Annotated[list[str] | None, typer.Option(help="A role, such as publisher; may repeat.")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="A business unit; may repeat, * is all.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="An OAuth scope; may repeat.")] = None,
    channel: Annotated[str | None, typer.Option(help="Where the caller is, such as app.")] = None,
    expires: Annotated[str, typer.Option(help="Lifetime: a number and s, m, h or d.")] = "8h",
    data: Annotated[Path | None, typer.Option(help="The gateway's data directory.")] = None,
) -> None:
    """Print a token for development.

    It is accepted by `paifang serve --dev-auth` with the same --data, which holds the key.
    """
    lifetime = _lifetime_of(expires)
    settings = settings_or_fail({"data": data})
    try:
        key = open_token_key(settings.data)
    except KeyUnusable as error:
        raise CommandFailed(
            str(error), next_step="name a data directory of your own with --data", code=ExitCode.USAGE
        ) from None
    token = mint_token(
        key,
        subject,
        now_s=time.time(),
        lifetime=lifetime,
        roles=role or (),
        units=unit or (),
        scopes=scope or (),
        channel=channel,
        audience=settings.audience,
        issuer=settings.issuer,
    )
    typer.echo(token)


def _lifetime_of(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if found is None:
        raise CommandFailed(
            f"--expires {text} is no lifetime", next_step="write 30m, 8h or 7d", code=ExitCode.USAGE
        )
    return timedelta(**{UNITS[found[2]]: int(found[1])})
