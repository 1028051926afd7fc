"""`paifang explain`: the calls an operation would make, and why, without making them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import read_module_files, read_text
from gateway.cli.offline_plan import explain_offline
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

EXAMPLE = "paifang explain examples/rides/queries/refund.graphql --resources examples/rides/resources"

EXPLAIN = """
query Explain($query: String!, $variables: JSON, $operationName: String) {
  explain(query: $query, variables: $variables, operationName: $operationName) {
    groups { fields calls { api source method url wave batch dependsOn neededBy } }
    bound maxWaves text mermaid
  }
}
"""


def run(
    file: Annotated[Path | None, typer.Argument(help="File that holds the operation.")] = None,
    query: Annotated[str | None, typer.Option("--query", "-q", help="The operation itself.")] = None,
    variables: Annotated[str, typer.Option(help="Its variables, a JSON object.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation, where there are several.")] = None,
    resources: Annotated[
        list[Path] | None, typer.Option(help="Plan on these SDL files or folders; asks no gateway.")
    ] = None,
    url: Annotated[str, typer.Option(help="Plan on what this gateway serves.")] = DEFAULT_URL,
    token: Annotated[str | None, typer.Option(help="Token for --url, or @FILE that holds it.")] = None,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print a Mermaid diagram.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything, as JSON.")] = False,
) -> None:
    """Print the calls an operation would make.

    Plans on a gateway, or with --resources on SDL files alone. Nothing is called.
    """
    text = _operation_text(file, query)
    given = _object(variables)
    try:
        if resources:
            plan = explain_offline(read_module_files(resources), text, given, operation)
        else:
            asked = {"query": text, "variables": given, "operationName": operation}
            plan = RemoteGateway(url=url, token=read_token(token)).ask(EXPLAIN, asked)["explain"]
    except Refused as refused:
        raise failure_of(refused) from None
    if as_json:
        typer.echo(json.dumps(plan, ensure_ascii=False, indent=2))
    else:
        typer.echo(plan["mermaid" if mermaid else "text"].rstrip())


def _operation_text(file: Path | None, query: str | None) -> str:
    if (file is None) == (query is None):
        raise CommandFailed(
            "there must be one operation: a file or -q",
            next_step="write `paifang explain -q '{ me { subject } }'`",
            code=ExitCode.USAGE,
        )
    return query if file is None else read_text(file)  # pyright: ignore[reportReturnType]  # one is given


def _object(text: str) -> Mapping[str, Any]:  # Any: JSON
    try:
        content: object = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise CommandFailed(
            "--variables is no JSON object",
            next_step="""write --variables '{"id": "1"}'""",
            code=ExitCode.USAGE,
        )
    return cast("dict[str, Any]", content)  # keys of a JSON object are strings
