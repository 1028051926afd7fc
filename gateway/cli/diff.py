"""`paifang diff`: what a module's next text, or another of its versions, changes for its clients."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import ModuleFile, print_problems, problem_of, read_config, read_module_files
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

EXAMPLE = "paifang diff examples/rides/resources/rides.graphql --config apiKey=rides-demo-key"

CHANGES = "{ coordinate level message usedBy }"
CHECK = """
query Check($input: ResourcesInput!) {
  checkResources(input: $input) {
    problems { code severity message module line column suggestion }
    changes %s
  }
}
"""
VERSIONS = """
query Diff($name: String!, $old: Int!, $new: Int) {
  resourceModule(name: $name) { diff(fromVersion: $old, toVersion: $new) %s }
}
"""

Change = Mapping[str, Any]  # Any: JSON of the shape asked for


def run(
    module: Annotated[str, typer.Argument(help="An SDL file, or with --from the name of a module.")],
    old: Annotated[int | None, typer.Option("--from", help="The version to begin with.")] = None,
    new: Annotated[
        int | None, typer.Option("--to", help="The other one; without it what is published.")
    ] = None,
    config: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for {$config.KEY} of a file.")] = None,
    url: Annotated[str, typer.Option(help="The gateway.")] = DEFAULT_URL,
    token: Annotated[str | None, typer.Option(help="Token for --url, or @FILE that holds it.")] = None,
) -> None:
    """Print what a module changes for clients.

    A file is compared with what is published, with --from versions with each other. Ends with 1 where
    something breaks that is used.
    """
    gateway = RemoteGateway(url=url, token=read_token(token))
    try:
        changes = (
            _of_file(gateway, module, config or ()) if old is None else _between(gateway, module, old, new)
        )
    except Refused as refused:
        raise failure_of(refused) from None
    for change in changes:
        users = "".join(f"\n    used by {user}" for user in change["usedBy"])
        typer.echo(f"{change['level']:<9} {change['coordinate']}: {change['message']}{users}")
    if any(change["level"] == "BREAKING" and change["usedBy"] for change in changes):
        raise CommandFailed(
            "this breaks what is used",
            next_step="keep the old beside the new, deprecated, until nobody uses it",
            code=ExitCode.PROBLEMS,
        )


def _of_file(gateway: RemoteGateway, path: str, config: Sequence[str]) -> list[Change]:
    (file,) = read_module_files([Path(path)])
    given = {"module": file.module, "sdl": file.sdl}
    if values := read_config(config, None):
        given |= {"config": dict(values)}
    report = gateway.ask(CHECK % CHANGES, {"input": given})["checkResources"]
    _require_composed(file, report["problems"])
    return report["changes"]


def _require_composed(file: ModuleFile, problems: Sequence[Mapping[str, Any]]) -> None:
    """What only would hurt users is told with the changes."""
    errors = [one for one in problems if one["severity"] == "ERROR" and not one["code"].startswith("BREAKS_")]
    if errors:
        print_problems((problem_of(one) for one in errors), (file,))
        raise CommandFailed(
            f"{file.path} does not compose",
            next_step="correct it; `paifang check` shows the same",
            code=ExitCode.PROBLEMS,
        )


def _between(gateway: RemoteGateway, module: str, old: int, new: int | None) -> list[Change]:
    asked = {"name": module, "old": old, "new": new}
    found = gateway.ask(VERSIONS % CHANGES, asked)["resourceModule"]
    if found is None:
        raise CommandFailed(
            f"there is no module {module}", next_step="name one that was published", code=ExitCode.USAGE
        )
    return found["diff"]
