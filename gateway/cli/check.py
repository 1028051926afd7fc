"""`paifang check`: everything that is wrong with modules, before they are published."""

from pathlib import Path
from typing import Annotated

import typer

from engine.problem import Problem
from gateway.cli.composition import compose_files
from gateway.cli.module_files import (
    ModuleFile,
    fail_on_errors,
    print_problems,
    problem_of,
    read_config,
    read_module_files,
)
from gateway.cli.refusal import failure_of
from gateway.cli.remote import Refused, RemoteGateway, read_token

EXAMPLE = "paifang check examples/rides/resources/rides.graphql"

CHECK = """
query Check($input: ResourcesInput!) {
  checkResources(input: $input) {
    problems { code severity message path module line column suggestion }
    changes { coordinate kind breaking message usedBy }
  }
}
"""
NEXT = "correct them, and name the files they build on too (or --url); docs/resources.md explains the rules"


def run(
    files: Annotated[list[Path], typer.Argument(help="SDL files (or folders): a module each.")],
    url: Annotated[str | None, typer.Option(help="Check against what this gateway serves.")] = None,
    token: Annotated[str | None, typer.Option(help="Token for --url, or @FILE that holds it.")] = None,
    config: Annotated[list[str] | None, typer.Option(help="KEY=VALUE for {$config.KEY}.")] = None,
    config_file: Annotated[Path | None, typer.Option(help="JSON file of such values.")] = None,
) -> None:
    """Print all problems of SDL files.

    Without --url the files are checked together, and nothing but them. A module is named as its file. Each
    line is `file:line:column CODE severity: message (suggestion)`; exit code 1 says that there are errors.
    """
    modules = read_module_files(files)
    values = read_config(config or (), config_file)
    if url is None:
        problems = compose_files(modules, values or {}).problems
    else:
        gateway = RemoteGateway(url=url, token=read_token(token))
        problems = tuple(problem for module in modules for problem in _ask(gateway, module, values))
    print_problems(problems, modules)
    fail_on_errors(problems, next_step=NEXT)
    typer.echo(f"{len(modules)} {'module' if len(modules) == 1 else 'modules'} can be published")


def _ask(gateway: RemoteGateway, file: ModuleFile, config: object) -> list[Problem]:
    """The gateway's findings; what clients would notice is printed as it comes."""
    given = {"module": file.module, "sdl": file.sdl} | ({} if config is None else {"config": config})
    try:
        report = gateway.ask(CHECK, {"input": given})["checkResources"]
    except Refused as refused:
        raise failure_of(refused) from None
    for change in report["changes"]:
        typer.echo(f"{file.path} {'breaking ' if change['breaking'] else ''}change: {change['message']}")
    return [problem_of(problem) for problem in report["problems"]]
