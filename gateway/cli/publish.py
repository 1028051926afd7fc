"""`paifang publish`: modules go live on a running gateway."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import ModuleFile, print_problems, problem_of, read_config, read_module_files
from gateway.cli.publication import Publication, publish
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

EXAMPLE = "paifang publish examples/rides/resources/rides.graphql --config apiKey=rides-demo-key"


def run(
    files: Annotated[list[Path], typer.Argument(help="SDL files (or folders): a module each, in order.")],
    url: Annotated[str, typer.Option(help="The gateway.")] = DEFAULT_URL,
    token: Annotated[str | None, typer.Option(help="Token of a publisher, or @FILE that holds it.")] = None,
    config: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE for {$config.KEY}; kept secret.")
    ] = None,
    config_file: Annotated[Path | None, typer.Option(help="JSON file of such values.")] = None,
    expected_version: Annotated[
        int | None, typer.Option(help="Refuse unless this version is published; 0: none.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Publish although it breaks what is used.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, for the module's history.")] = None,
) -> None:
    """Publish SDL files on a running gateway.

    A module is named as its file. Without --config its values stay as they are. The first refusal ends the
    command; what was published before it stays.
    """
    modules = read_module_files(files)
    values = read_config(config or (), config_file)
    if expected_version is not None and len(modules) > 1:
        raise CommandFailed(
            "--expected-version is one module's", next_step="publish one file at a time", code=ExitCode.USAGE
        )
    gateway = RemoteGateway(url=url, token=read_token(token))
    for file in modules:
        publication = Publication(
            module=file.module,
            sdl=file.sdl,
            config=values,
            expected_version=expected_version,
            force=force,
            reason=reason,
        )
        _publish(gateway, file, publication)


def _publish(gateway: RemoteGateway, file: ModuleFile, publication: Publication) -> None:
    try:
        done = publish(gateway, publication)
    except Refused as refused:
        print_problems((problem_of(said) for said in refused.facts.get("problems", ())), (file,))
        raise failure_of(refused) from None
    typer.echo(
        f"{done.name}: version {done.version} of unit {done.unit} is served (revision {done.revision})"
    )
