"""`paifang operations`: what clients are built with is registered, and what they run is looked up."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.operation_files import Operation, read_operations
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

EXAMPLE = "paifang operations register examples/rides/operations/app.json --client app"
LIST_EXAMPLE = "paifang operations list --of Bike.number"
REMOVE_EXAMPLE = "paifang operations remove 0e6d6a0ab1a1"

REGISTER = """
mutation Register($input: RegisterOperationsInput!) { registerOperations(input: $input) { registered known } }
"""
UNREGISTER = "mutation Unregister($ids: [ID!]!) { unregisterOperations(ids: $ids) }"
LIST = """
query Operations($of: String, $client: String, $after: String) {
  clientOperations(coordinate: $of, client: $client, first: 100, after: $after) {
    nodes { hash name kind count lastSeen clients { client version count } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
SIZE = 500  # operations of one request
SHORT = 12  # characters of a hash that are shown
Url = Annotated[str, typer.Option(help="The gateway.")]
Token = Annotated[str | None, typer.Option(help="Token of a developer or publisher, or @FILE that holds it.")]


def run() -> None:
    """Register operations of clients, or list them.

    Registered ones run by their hash, and may not be broken.
    """


def register(
    file: Annotated[Path, typer.Argument(help="A manifest (JSON), or one operation in *.graphql.")],
    client: Annotated[str, typer.Option(help="The name the client sends as x-client-name.")],
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Register what a client is built with; the same file may be sent again."""
    gateway = RemoteGateway(url=url, token=read_token(token))
    operations = read_operations(file)
    registered = known = 0
    for start in range(0, len(operations), SIZE):
        done = _register(gateway, operations[start : start + SIZE], client)
        registered, known = registered + done["registered"], known + done["known"]
    typer.echo(f"{registered} registered, {known} were known")


def list_(
    of: Annotated[str | None, typer.Option(help="Only those that ask for this field, `Type.field`.")] = None,
    client: Annotated[str | None, typer.Option(help="Only those that this client ran.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """List what clients ran, and how often."""
    gateway = RemoteGateway(url=url, token=read_token(token))
    try:
        for one in _listed(gateway, {"of": of, "client": client}):
            clients = ", ".join(_client(use) for use in one["clients"])
            name = one["name"] or one["kind"]
            typer.echo(
                f"{one['hash'][:SHORT]} {name}: {one['count']} times, last {one['lastSeen']}, {clients}"
            )
    except Refused as refused:
        raise failure_of(refused) from None


def remove(
    ids: Annotated[list[str], typer.Argument(help="SHA-256 of the operations' texts.")],
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Let go of registered operations that no client has any more."""
    try:
        gone = RemoteGateway(url=url, token=read_token(token)).ask(UNREGISTER, {"ids": ids})
    except Refused as refused:
        raise failure_of(refused) from None
    typer.echo(f"{gone['unregisterOperations']} removed")


def _register(gateway: RemoteGateway, operations: Sequence[Operation], client: str) -> Mapping[str, int]:
    given = {"client": client, "operations": list(operations)}
    try:
        return gateway.ask(REGISTER, {"input": given})["registerOperations"]
    except Refused as refused:
        problems = refused.facts.get("problems", ())
        for said in problems:
            typer.echo(f"{said['path']}: {said['code']} {said['message']}")
        if not problems:
            raise failure_of(refused) from None
        raise CommandFailed(
            "nothing of these was registered",
            next_step="build the client against what is published; `paifang check` and GraphiQL show it",
            code=ExitCode.PROBLEMS,
        ) from None


def _listed(gateway: RemoteGateway, asked: Mapping[str, object]) -> Iterator[Mapping[str, Any]]:  # Any: JSON
    after = None
    while True:
        page = gateway.ask(LIST, {**asked, "after": after})["clientOperations"]
        yield from page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def _client(use: Mapping[str, Any]) -> str:  # Any: JSON
    return f"{use['client']} {use['version'] or ''}".rstrip() + f" ({use['count']})"


SUBCOMMANDS = {
    "register": (register, EXAMPLE),
    "list": (list_, LIST_EXAMPLE),
    "remove": (remove, REMOVE_EXAMPLE),
}
