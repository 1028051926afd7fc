"""`paifang import`: modules made of what a unit has already: a description of its API."""

from pathlib import Path
from typing import Annotated

import typer

from engine.problem import Problem, Severity
from engine.resource.openapi import Imported, ImportOptions, SpecRefused, import_openapi
from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.spec_files import files_beside, read_spec
from resolvers.resources.names import name_problem
from schema.reserved import RESERVED_FIELDS, RESERVED_TYPES

EXAMPLE = "paifang import openapi examples/openapi/bikes.yaml --unit rides"
OPENAPI_EXAMPLE = EXAMPLE


def run() -> None:
    """Make modules from descriptions of APIs."""


def openapi(
    spec: Annotated[Path, typer.Argument(help="OpenAPI 3.0 or 3.1, JSON or YAML.")],
    unit: Annotated[
        str | None, typer.Option(help="The unit that owns the module; default: the module.")
    ] = None,
    module: Annotated[str | None, typer.Option(help="What the module is called; default: the file.")] = None,
    source_name: Annotated[
        str | None, typer.Option(help="What the source is called; default: the module.")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Where the API is, in place of its servers.")] = None,
    include: Annotated[list[str] | None, typer.Option(help="Only this tag, or paths: '/users/*'.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="Not this tag, or paths.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write the module here; default: print it.")] = None,
) -> None:
    """Write the module of an OpenAPI description.

    Nothing is called or published: look at the module, take out what nobody needs, then `paifang check` it.
    What could not be mapped is listed with its operation and the reason, and is in the module as comments.
    """
    name = module or (out.name.partition(".")[0] if out is not None else spec.name.partition(".")[0])
    if (problem := name_problem(name)) is not None:
        raise CommandFailed(problem.message, next_step="name it with --module", code=ExitCode.USAGE)
    options = ImportOptions(
        module=name,
        unit=unit or name,
        source_name=source_name or name,
        base_url=base_url,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        reserved_types=RESERVED_TYPES,
        reserved_fields=RESERVED_FIELDS,
    )
    try:
        imported = import_openapi(read_spec(spec), spec.name, options, files_beside(spec))
    except SpecRefused as refused:
        raise CommandFailed(
            f"{refused} ({refused.code})",
            next_step="correct the description; docs/resources.md says what is read",
            code=ExitCode.PROBLEMS,
        ) from None
    if out is None:
        typer.echo(imported.sdl, nl=False)
    else:
        _write(out, imported.sdl)
    _report(imported)


SUBCOMMANDS = {"openapi": (openapi, OPENAPI_EXAMPLE)}


def _write(out: Path, sdl: str) -> None:
    try:
        out.write_text(sdl, "utf-8")
    except OSError as error:
        raise CommandFailed(
            f"cannot write {out}: {error.strerror}",
            next_step="name a file that can be written",
            code=ExitCode.USAGE,
        ) from None


def _report(imported: Imported) -> None:
    """To standard error, so that a printed module can be piped on."""
    for problem in sorted(imported.problems, key=_weight):
        typer.echo(f"{problem.path} {problem.code} {problem.severity.lower()}: {problem.message}", err=True)
    typer.echo(f"{imported.imported} of {imported.total} operations imported", err=True)
    if imported.secrets:
        given = " ".join(f"--config {secret}=…" for secret in imported.secrets)
        typer.echo(f"publish it with {given}", err=True)


def _weight(problem: Problem) -> int:
    return (Severity.ERROR, Severity.WARNING, Severity.INFO).index(problem.severity)
