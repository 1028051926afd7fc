"""`paifang knowledge import-categories` and `export-categories`: schemas of categories in a JSON file."""

import json
from pathlib import Path
from typing import Annotated, cast

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

IMPORT_EXAMPLE = "paifang knowledge import-categories examples/rides/knowledge/categories.json --unit care"
EXPORT_EXAMPLE = "paifang knowledge export-categories /tmp/categories.json --unit care"

SAVE = "mutation Save($input: ArticleCategoryInput!) { saveArticleCategory(input: $input) { revision } }"
LIST = "query List($unit: String) { articleCategories(unit: $unit) { path schema } }"
Unit = Annotated[str, typer.Option(help="The business unit whose categories they are.")]
Url = Annotated[str, typer.Option(help="The gateway.")]
Token = Annotated[str | None, typer.Option(help="Token of a publisher, or @FILE that holds it.")]


def import_categories(
    file: Annotated[Path, typer.Argument(help='JSON: {"fees/rental": SCHEMA, …}.')],
    unit: Unit,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Save a file's schemas of categories on a running gateway; others stay as they are."""
    schemas = _read(file)
    gateway = RemoteGateway(url=url, token=read_token(token))
    for path, schema in schemas.items():
        given = {"unit": unit, "path": path.split("/"), "schema": schema}
        try:
            saved = gateway.ask(SAVE, {"input": given})["saveArticleCategory"]
        except Refused as refused:
            for one in refused.facts.get("problems", ()):
                typer.echo(f"{file}: {path}: error {one['code']}: {one['path']} {one['message']}", err=True)
            raise failure_of(refused) from None
        typer.echo(f"{path}: revision {saved['revision']}")


def export_categories(
    file: Annotated[Path, typer.Argument(help="Written as JSON.")],
    unit: Unit,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Write a unit's schemas of categories to a file that `import-categories` reads again."""
    gateway = RemoteGateway(url=url, token=read_token(token))
    try:
        found = gateway.ask(LIST, {"unit": unit})["articleCategories"]
    except Refused as refused:
        raise failure_of(refused) from None
    schemas = {"/".join(one["path"]): one["schema"] for one in found}
    try:
        file.write_text(json.dumps(schemas, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}", next_step="name another file", code=ExitCode.USAGE
        ) from None
    typer.echo(f"{file}: {len(schemas)} categories")


def _read(file: Path) -> dict[str, object]:
    try:
        given: object = json.loads(file.read_text())
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:
        reason = f"it is not JSON: {error}"
    else:
        if isinstance(given, dict):
            return cast("dict[str, object]", given)  # keys of JSON objects are texts
        reason = "it is not an object of paths and schemas"
    raise CommandFailed(
        f"cannot read {file}: {reason}", next_step="name a file of categories", code=ExitCode.USAGE
    )
