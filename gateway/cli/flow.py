"""`paifang flow`: save, check and deploy flows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from engine.flow.checks import CheckContext
from engine.problem import Problem
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.flow_files import (
    FileFormat,
    ModelFolder,
    check_file,
    count_errors,
    input_of,
    print_flow_problems,
    read_model_file,
)
from gateway.cli.module_files import fail_on_errors, problem_of
from gateway.cli.offline_graph import open_graph
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token
from gateway.flow_plugins import flow_parts

EXAMPLE = "paifang flow check examples/scenarios/fee.json"

PROBLEM = "{ code severity message path line column suggestion }"
SAVE = f"""
mutation Save($input: SaveFlowInput!) {{
  saveFlow(input: $input) {{ key unit revision problems {PROBLEM} }}
}}
"""
CHECK = f"query Check($input: FlowModelInput!) {{ checkFlow(input: $input) {PROBLEM} }}"
DEPLOY = "mutation Deploy($input: DeployFlowInput!) { deployFlow(input: $input) { flowKey version rollout } }"
NEXT = "correct them; docs/flows.md explains the elements, and each code"

File = Annotated[Path, typer.Argument(help="The model: JSON, BPMN 2.0 XML, or turbo's JSON.")]
Format = Annotated[FileFormat, typer.Option("--format", help="What the file holds.")]
Url = Annotated[str, typer.Option(help="The gateway.")]
Token = Annotated[str | None, typer.Option(help="Token of a publisher, or @FILE that holds it.")]


def run() -> None:
    """Save, check and deploy flows.

    `save` keeps a draft on a running gateway, problems and all; `check` lists the problems; `deploy` freezes
    the draft as the version that new instances run.
    """


def save(
    file: File,
    key: Annotated[str, typer.Option(help="The flow's key.")],
    unit: Annotated[str, typer.Option(help="The business unit that owns it.")],
    name: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    format_: Format = FileFormat.AUTO,
    expected_revision: Annotated[
        int | None, typer.Option(help="Refuse unless this is the draft's revision; 0: no draft yet.")
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Keep a model as a flow's draft.

    All its problems are printed. An error does not hinder saving, but deploying; the exit code is 1 then.
    """
    given = {
        "key": key,
        "unit": unit,
        "name": name,
        "model": input_of(*read_model_file(file, format_)),
        "expectedRevision": expected_revision,
    }
    saved = _ask(url, token, SAVE, given, file)["saveFlow"]
    problems = [problem_of(problem) for problem in saved["problems"]]
    print_flow_problems(problems, file)
    typer.echo(f"{saved['key']}: revision {saved['revision']} of unit {saved['unit']} is saved")
    fail_on_errors(problems, next_step=NEXT)


def check(
    file: File,
    format_: Format = FileFormat.AUTO,
    resources: Annotated[
        list[Path] | None, typer.Option(help="SDL file or folder to check the queries against.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Check against what this gateway serves.")] = None,
    token: Token = None,
) -> None:
    """Print all problems of a model.

    Without --url nothing but files is looked at: those of --resources, and the flows it calls, each in a file
    of its key beside it. Exit code 1 says that there are errors.
    """
    problems = _check_offline(file, format_, resources or ()) if url is None else []
    if url is not None:
        answer = _ask(url, token, CHECK, input_of(*read_model_file(file, format_)), file)
        problems = [problem_of(problem) for problem in answer["checkFlow"]]
    print_flow_problems(problems, file)
    fail_on_errors(problems, next_step=NEXT)
    typer.echo(f"{file} can be deployed")


def deploy(
    key: Annotated[str, typer.Argument(help="The flow's key.")],
    note: Annotated[str | None, typer.Option(help="Why, for those who look back.")] = None,
    rollout: Annotated[int, typer.Option(help="Percentage of cases that get it; 0 withdraws it.")] = 100,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Freeze a flow's draft as its next version.

    The unchanged draft makes no new version: its rollout changes.
    """
    given = {"key": key, "note": note, "rollout": rollout}
    deployed = _ask(url, token, DEPLOY, given, key)["deployFlow"]
    typer.echo(f"{deployed['flowKey']}: version {deployed['version']} gets {deployed['rollout']} % of cases")


SUBCOMMANDS = {
    "save": (save, "paifang flow save examples/scenarios/fee.json --key fee --unit rides"),
    "check": (check, EXAMPLE),
    "deploy": (deploy, "paifang flow deploy fee --note 'limit raised'"),
}


def _check_offline(file: Path, format_: FileFormat, resources: list[Path] | tuple[()]) -> list[Problem]:
    parts = flow_parts()
    graph = open_graph(resources)
    context = CheckContext(
        flow_key=file.stem,
        find_flow=ModelFolder(file.parent, parts).find,
        describe=graph.describe if graph is not None else None,
    )
    return check_file(file, parts, context, format_)[1]


def _ask(
    url: str, token: str | None, operation: str, given: object, place: object
) -> dict[str, Any]:  # Any: answers are JSON of many shapes
    gateway = RemoteGateway(url=url, token=read_token(token))
    try:
        return gateway.ask(operation, {"input": given})
    except Refused as refused:
        problems = [problem_of(said) for said in refused.facts.get("problems", ())]
        print_flow_problems(problems, place)
        if count_errors(problems):
            raise CommandFailed(str(refused), next_step=NEXT, code=ExitCode.PROBLEMS) from None
        raise failure_of(refused) from None
