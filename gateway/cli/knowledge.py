"""`paifang knowledge`: articles in files go into a running gateway, and out of it."""

import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import categories
from gateway.cli.article_files import Piece, format_of, read_pieces
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.refusal import failure_of
from gateway.cli.remote import DEFAULT_URL, Refused, RemoteGateway, read_token

EXAMPLE = "paifang knowledge import examples/rides/knowledge/fees.jsonl --unit care --publish"
EXPORT_EXAMPLE = "paifang knowledge export /tmp/articles.csv --unit rides"

IMPORT = """
mutation Import($input: ImportInput!) {
  importArticles(input: $input) {
    created updated rejected problems { code severity message path line column suggestion }
  }
}
"""
EXPORT = """
query Export($format: String!, $filter: ArticleFilter) { exportArticles(format: $format, filter: $filter) }
"""
Url = Annotated[str, typer.Option(help="The gateway.")]
Token = Annotated[str | None, typer.Option(help="Token of an editor, or @FILE that holds it.")]


def run() -> None:
    """Take articles in, and give them out.

    Files are CSV, JSON lines or XLSX.
    """


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines or XLSX, by the name's ending.")],
    unit: Annotated[str, typer.Option(help="The business unit that owns them.")],
    publish: Annotated[bool, typer.Option("--publish", help="Publish what is saved.")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Save a file's articles on a running gateway, and say what is wrong with which row.

    A row with an id, or with a question that the unit has, updates it; so the same file may be sent again.
    """
    gateway = RemoteGateway(url=url, token=read_token(token))
    pieces = read_pieces(file)
    counts = {"created": 0, "updated": 0, "rejected": 0}
    with typer.progressbar(length=len(pieces), label=file.name, file=sys.stderr) as progress:
        for piece in pieces:
            report = _import(gateway, piece, unit=unit, publish=publish)
            for name in counts:
                counts[name] += report[name]
            for line in _told(file, piece, report["problems"]):
                typer.echo(line, err=True)
            progress.update(1)
    typer.echo(", ".join(f"{count} {name}" for name, count in counts.items()))
    if counts["rejected"]:
        raise CommandFailed(
            f"{counts['rejected']} of the rows of {file} were rejected",
            next_step="correct them and send the file again: what was saved is only updated",
            code=ExitCode.PROBLEMS,
        )


def export(
    file: Annotated[Path, typer.Argument(help="Written as CSV, JSON lines or XLSX, by the name's ending.")],
    unit: Annotated[str | None, typer.Option(help="Only this unit's.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with this tag.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Write the articles that the caller may see to a file that `import` reads again."""
    gateway = RemoteGateway(url=url, token=read_token(token))
    wanted = {"unit": unit, "tag": tag}
    try:
        data = gateway.ask(EXPORT, {"format": format_of(file), "filter": wanted})["exportArticles"]
    except Refused as refused:
        raise failure_of(refused) from None
    written = write_file(file, data)
    typer.echo(f"{file}: {written} bytes")


def write_file(file: Path, data: str) -> int:
    """Returns its bytes. Raises `CommandFailed`."""
    content = b64decode(data) if format_of(file) == "xlsx" else data.encode()
    try:
        return file.write_bytes(content)
    except OSError as error:
        raise CommandFailed(
            f"cannot write {file}: {error.strerror}", next_step="name another file", code=ExitCode.USAGE
        ) from None


def _import(gateway: RemoteGateway, piece: Piece, *, unit: str, publish: bool) -> Mapping[str, Any]:  # JSON
    given = {"format": piece.format, "data": piece.data, "unit": unit, "publish": publish}
    try:
        return gateway.ask(IMPORT, {"input": given})["importArticles"]
    except Refused as refused:
        raise failure_of(refused) from None


def _told(file: Path, piece: Piece, problems: Sequence[Mapping[str, Any]]) -> Iterator[str]:  # JSON
    for one in problems:
        line = piece.line_of(one["line"]) if one["line"] else 1
        place = f"{file}:{line}" + (f":{one['column']}" if one["column"] else "")
        more = f" ({one['suggestion']})" if one["suggestion"] else ""
        yield f"{place}: {one['severity'].lower()} {one['code']}: {one['path']} {one['message']}{more}"


SUBCOMMANDS = {
    "import": (import_, EXAMPLE),
    "export": (export, EXPORT_EXAMPLE),
    "import-categories": (categories.import_categories, categories.IMPORT_EXAMPLE),
    "export-categories": (categories.export_categories, categories.EXPORT_EXAMPLE),
}
