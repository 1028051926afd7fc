"""An OpenAPI description → the SDL of a module that composes, and all that could not be mapped."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.problem import Problem
from engine.resource.openapi.cutting import Cutting
from engine.resource.openapi.links import Links
from engine.resource.openapi.names import Names, field_name, type_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.operations import Operation, OperationReader
from engine.resource.openapi.references import Documents, LoadFile
from engine.resource.openapi.refusal import RefusalCode, SpecRefused
from engine.resource.openapi.security import Security
from engine.resource.openapi.servers import Servers
from engine.resource.openapi.shapes import Member, Named, ObjectType, Scalar, Shape, TypeTable
from engine.resource.openapi.types import Types
from engine.resource.openapi.writing import Module, write_module
from engine.resource.sdl.vocabulary import vocabulary_schema

_VERSION = re.compile(r"3\.[01]\.\d+(?:-.+)?")
_ROOTS = frozenset({"Query", "Mutation", "Subscription"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the module is called and who owns it; which names the platform keeps for itself.

    `include` and `exclude` are tags, or patterns of paths (`/users/*`); `reserved_fields` are coordinates.
    """

    module: str
    unit: str
    source_name: str
    base_url: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    reserved_types: frozenset[str] = frozenset()
    reserved_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`problems`: ERROR for an operation left out, WARNING for a part, INFO for what is mapped otherwise."""

    sdl: str
    problems: tuple[Problem, ...]
    imported: int
    total: int
    secrets: tuple[str, ...]  # keys of $config that the module reads


def import_openapi(text: str, name: str, options: ImportOptions, load: LoadFile | None = None) -> Imported:
    """Import a description; `name` is its file's name, `load` reads the files beside it.

    Raises:
        SpecRefused: the description is hostile, broken, of another version, or nothing of it can be mapped.
    """
    documents = Documents(text, name, load)
    _check_version(documents)
    notes = Notes()
    prefix = type_name(options.module)
    reserved = options.reserved_types | vocabulary_schema().type_map.keys()  # JSON and the like among them
    names = Names(reserved=frozenset(reserved) | _ROOTS, prefix=prefix)
    types = Types(documents=documents, names=names, notes=notes)
    reader = _read_operations(documents, types, notes, options)
    if not reader.found:
        message = f"none of {reader.total} operations can be mapped"
        raise SpecRefused(RefusalCode.NOTHING_IMPORTED, message + "".join(_reasons(notes)), place=name)
    keyed = dict(_keyed(reader.found, types.table))
    cutting = Cutting(table=types.table, keyed={key: by.member for key, by in keyed.items()}, notes=notes)
    cutting.cut(shape for operation in reader.found for shape in _shapes_of(operation))
    links = Links(documents=documents, table=types.table, notes=notes, operations=tuple(reader.found))
    links.read()
    module = Module(
        unit=options.unit,
        title=_title(documents),
        servers=reader.servers.found,
        operations=tuple(reader.found),
        table=types.table,
        keyed={key: by for key, by in keyed.items() if key in cutting.stubbed},
        links=tuple(links.found),
        problems=tuple(notes.found.values()),
    )
    return Imported(
        sdl=write_module(module),
        problems=module.problems,
        imported=len(reader.found),
        total=reader.total,
        secrets=tuple(dict.fromkeys(s for operation in reader.found for s in operation.credentials.secrets)),
    )


def _check_version(documents: Documents) -> None:
    version = documents.root.text("openapi")
    if version is None or not _VERSION.fullmatch(version):
        said = (
            f"OpenAPI {version}"
            if version
            else "Swagger 2.0"
            if documents.root.find("swagger")
            else "no OpenAPI"
        )
        message = f"this is {said}; OpenAPI 3.0 and 3.1 are read"
        raise SpecRefused(RefusalCode.SPEC_VERSION, message, place=documents.root.file)


def _read_operations(
    documents: Documents, types: Types, notes: Notes, options: ImportOptions
) -> OperationReader:
    reserved = frozenset(coordinate.partition(".")[2] for coordinate in options.reserved_fields)
    reader = OperationReader(
        documents=documents,
        types=types,
        names=Names(reserved=reserved, prefix=field_name(options.module)),
        notes=notes,
        servers=Servers(documents, source_name=options.source_name, base_url=options.base_url),
        security=Security(documents, notes),
        include=options.include,
        exclude=options.exclude,
    )
    reader.read()
    types.finish()
    return reader


def _shapes_of(operation: Operation) -> Iterator[Shape]:
    for shape in (operation.answer, *(argument.shape for argument in operation.arguments)):
        if shape is not None:
            yield shape


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledBy:
    """A call that gives an object of a type by its key."""

    member: Member
    operation: Operation


def _keyed(operations: Iterable[Operation], table: TypeTable) -> Iterator[tuple[str, FilledBy]]:
    """The types that an operation gives by one value of theirs: GET /pets/{petId} gives a Pet by its id."""
    for operation in reversed(list(operations)):
        declared = table.get(operation.answer.key) if isinstance(operation.answer, Named) else None
        needed = [argument for argument in operation.arguments if argument.required]
        if operation.root != "Query" or not isinstance(declared, ObjectType) or len(needed) != 1:
            continue
        wire = needed[0].wire
        wanted = (wire, "id") if wire.lower().endswith("id") else (wire,)
        member = next((each for name in wanted for each in declared.members if each.wire == name), None)
        if needed[0].place == "path" and member is not None and isinstance(member.shape, Scalar):
            yield operation.answer.key, FilledBy(member=member, operation=operation)  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue] # Named, as its declaration shows


def _title(documents: Documents) -> str:
    info = documents.get(documents.root, "info")
    return " ".join(filter(None, (info.text("title"), info.text("version")))) if info is not None else ""


def _reasons(notes: Notes) -> Iterator[str]:
    for problem in list(notes.found.values())[:3]:
        yield f"; {problem.path}: {problem.message}"
