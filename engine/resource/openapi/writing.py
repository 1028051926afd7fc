"""A module as text: sources, root fields with their calls, types; comments say what is not mapped."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from graphql.language.block_string import print_block_string
from graphql.language.print_string import print_string

from engine.problem import Problem, Severity
from engine.resource.openapi.links import Link
from engine.resource.openapi.operations import Operation
from engine.resource.openapi.parameters import Argument
from engine.resource.openapi.requests import Request, Requests
from engine.resource.openapi.selections import Selections
from engine.resource.openapi.shapes import (
    EnumType,
    Listed,
    Member,
    Named,
    ObjectType,
    Scalar,
    Shape,
    TypeTable,
    UnionType,
    innermost,
)

_LINE = 110
_WORD = {Severity.ERROR: "not imported", Severity.WARNING: "lost", Severity.INFO: "mapped otherwise"}


class Filled(Protocol):
    """A call that gives an object of a type by its key."""

    @property
    def member(self) -> Member: ...
    @property
    def operation(self) -> Operation: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """`keyed`: by keys of the table, the types that a call fills by key."""

    unit: str
    title: str
    servers: Mapping[str, str]
    operations: tuple[Operation, ...]
    table: TypeTable
    keyed: Mapping[str, Filled]
    links: tuple[Link, ...]
    problems: tuple[Problem, ...]


def write_module(module: Module) -> str:
    """The SDL; the same module always gives the same text."""
    return "\n".join(_Writer(module).lines()) + "\n"


class _Writer:
    def __init__(self, module: Module) -> None:
        self._module = module
        keys = {key: by.member for key, by in module.keyed.items()}
        self._selections = Selections(table=module.table, keys=keys)
        self._requests = Requests(selections=self._selections)
        self._shared = self._shared_headers()

    def lines(self) -> Iterator[str]:
        if self._module.title:
            yield f"# {_one_line(self._module.title)}"
            yield ""
        yield from self._header()
        for root in ("Query", "Mutation"):
            operations = [each for each in self._module.operations if each.root == root]
            if operations:
                yield f"\ntype {root} {{"
                for operation in operations:
                    yield from self._root_field(operation)
                yield "}"
        for key in self._reachable():
            yield from self._type(key)
        yield from self._comments()

    # -- the module itself ---------------------------------------------------------------------------

    def _shared_headers(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """By source, the credentials that all its calls carry; others stand on each call."""
        found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
        for operation in self._module.operations:
            found.setdefault(operation.server, set()).add(operation.credentials.headers)
        return {name: next(iter(each)) for name, each in found.items() if len(each) == 1}

    def _header(self) -> Iterator[str]:
        yield "extend schema"
        yield f"  @owner(unit: {print_string(self._module.unit)})"
        used = {operation.server for operation in self._module.operations}
        for url, name in self._module.servers.items():
            if name in used:
                headers = _headers(self._shared.get(name, ()))
                http = f"baseURL: {print_string(url)}"
                if not headers:
                    yield f"  @source(name: {print_string(name)}, http: {{ {http} }})"
                    continue
                yield f"  @source(\n    name: {print_string(name)}"
                yield f"    http: {{ {http}, headers: {headers} }}\n  )"

    def _comments(self) -> Iterator[str]:
        if self._module.problems:
            yield "\n# What the description says and this module does not:"
        for problem in self._module.problems:
            said = _one_line(f"{problem.path}: {problem.message} ({problem.code})")
            yield f"# {_WORD[problem.severity]}: {said}"

    # -- fields --------------------------------------------------------------------------------------

    def _root_field(self, operation: Operation) -> Iterator[str]:
        yield from _described(_text_of(operation), "  ")
        head = f"  {operation.name}{self._arguments(operation.arguments)}: {self._answer_type(operation)}"
        yield head
        yield from self._connect(operation, self._requests.of(operation), name=operation.name)
        if operation.deprecated:
            yield '    @deprecated(reason: "deprecated in the API\'s description")'

    def _link_field(self, link: Link) -> Iterator[str]:
        yield from _described(_text_of(link.target), "  ")
        rest = [argument for argument in link.target.arguments if argument.name not in link.given]
        yield f"  {link.name}{self._arguments(rest)}: {self._answer_type(link.target)}"
        yield from self._connect(link.target, self._requests.of(link.target, link.given))

    def _answer_type(self, operation: Operation) -> str:
        return "Boolean" if operation.answer is None else self._type_of(operation.answer)

    def _connect(
        self, operation: Operation, request: Request, *, name: str = "", indent: str = "    "
    ) -> Iterator[str]:
        yield f"{indent}@connect("
        yield f"{indent}  source: {print_string(operation.server)}"
        if name:
            yield f"{indent}  id: {print_string(name)}"
        yield from self._http(operation, request, f"{indent}  ")
        answer = "$(true)" if operation.answer is None else self._selections.of_answer(operation.answer)
        yield f"{indent}  selection: {_mapping(answer, f'{indent}  ')}"
        yield f"{indent})"

    def _http(self, operation: Operation, request: Request, indent: str) -> Iterator[str]:
        credentials = () if operation.server in self._shared else operation.credentials.headers
        own = {header.lower() for header, _ in credentials}
        headers = (*credentials, *((n, v) for n, v in request.headers if n.lower() not in own))
        parts = [f"{request.method}: {print_string(request.url)}"]
        parts += [f"headers: {_headers(headers)}"] if headers else []
        parts += [f"queryParams: {_mapping(request.query, f'{indent}  ')}"] if request.query else []
        parts += [f"body: {_mapping(request.body, f'{indent}  ')}"] if request.body else []
        line = f"{indent}http: {{ {', '.join(parts)} }}"
        if len(line) <= _LINE and "\n" not in line:
            yield line
            return
        yield f"{indent}http: {{"
        for part in parts:
            yield f"{indent}  {part}"
        yield f"{indent}}}"

    def _arguments(self, arguments: Iterable[Argument]) -> str:
        """All on one line, or each on one of its own where one is described."""
        written = [self._argument(argument) for argument in arguments]
        if not written:
            return ""
        plain = ", ".join(text for _, text in written)
        if len(plain) <= _LINE // 2 and not any(description for description, _ in written):
            return f"({plain})"
        lines = [
            line
            for description, text in written
            for line in (*_described(description, "    "), f"    {text}")
        ]
        return "(\n" + "\n".join(lines) + "\n  )"

    def _argument(self, argument: Argument) -> tuple[str, str]:
        declared = self._type_of(argument.shape) + ("!" if argument.required else "")
        default = " = {}" if argument.place == "body" and not argument.required else ""
        deprecated = ' @deprecated(reason: "deprecated in the API\'s description")'
        mark = deprecated if argument.deprecated and not argument.required else ""
        return argument.description, f"{argument.name}: {declared}{default}{mark}"

    def _type_of(self, shape: Shape) -> str:
        if isinstance(shape, Listed):
            return f"[{self._type_of(shape.item)}]"
        if isinstance(shape, Scalar):
            return shape.name
        declared = self._module.table.get(shape.key)
        return declared.name if declared is not None else "JSON"

    # -- types ---------------------------------------------------------------------------------------

    def _reachable(self) -> list[str]:
        """The types that the fields of the module name, each once, nearest first."""
        waiting = [
            shape
            for operation in self._module.operations
            for shape in (*(argument.shape for argument in operation.arguments), operation.answer)
            if shape is not None
        ]
        found: dict[str, None] = {}
        for shape in waiting:  # grows while it is read
            inner = innermost(shape)
            declared = (
                None if isinstance(inner, Scalar) or inner.key in found else self._module.table.get(inner.key)
            )
            if declared is None or isinstance(inner, Scalar):
                continue
            found[inner.key] = None
            if isinstance(declared, ObjectType):
                waiting += [member.shape for member in declared.members]
            elif isinstance(declared, UnionType):
                waiting += [Named(key=key) for _, key in declared.options]
        return list(found)

    def _type(self, key: str) -> Iterator[str]:
        declared = self._module.table[key]
        yield ""
        yield from _described(declared.description, "")
        match declared:
            case EnumType():
                yield f"enum {declared.name} {{"
                yield from (f"  {name}" for name, _ in declared.values)
                yield "}"
            case UnionType():
                members = dict.fromkeys(self._module.table[each].name for _, each in declared.options)
                yield f"union {declared.name} = {' | '.join(members)}"
            case ObjectType() if key.startswith("INPUT"):
                yield f"input {declared.name} {{"
                for member in declared.members:
                    yield from self._member(member, required=member.required)
                yield "}"
            case ObjectType():
                yield from self._object(key, declared)

    def _object(self, key: str, declared: ObjectType) -> Iterator[str]:
        filled = self._module.keyed.get(key)
        if filled is None:
            yield f"type {declared.name} {{"
        else:
            yield f'type {declared.name}\n  @key(fields: "{filled.member.name}")'
            argument = next(each for each in filled.operation.arguments if each.required)
            given = {argument.name: f"$this.{filled.member.name}"}
            others = {each.name: "null" for each in filled.operation.arguments if each is not argument}
            yield from self._connect(
                filled.operation, self._requests.of(filled.operation, {**given, **others}), indent="  "
            )
            yield "{"
        for member in declared.members:
            yield from self._member(member, required=False)
        for link in self._module.links:
            if link.owner == key:
                yield from self._link_field(link)
        yield "}"

    def _member(self, member: Member, *, required: bool) -> Iterator[str]:
        yield from _described(member.description, "  ")
        mark = (
            ' @deprecated(reason: "deprecated in the API\'s description")'
            if member.deprecated and not required
            else ""
        )
        yield f"  {member.name}: {self._type_of(member.shape)}{'!' if required else ''}{mark}"


def _headers(headers: Iterable[tuple[str, str]]) -> str:
    written = ", ".join(
        f"{{ name: {print_string(name)}, value: {print_string(value)} }}" for name, value in headers
    )
    return f"[{written}]" if written else ""


def _mapping(text: str, indent: str) -> str:
    """A mapping as a string of SDL: on its line while it is short."""
    if "\n" not in text and len(text) + len(indent) < _LINE - 20 and '"' not in text and "\\" not in text:
        return f'"{text}"'
    lines = [f"{indent}{line}" if line else "" for line in text.replace('"""', '\\"""').split("\n")]
    return '"""\n' + "\n".join(lines) + f'\n{indent}"""'


def _text_of(operation: Operation) -> str:
    parts = (operation.node.text("summary"), operation.node.text("description"))
    return "\n\n".join(dict.fromkeys(part.strip() for part in parts if part))


def _described(text: str, indent: str) -> Iterator[str]:
    clean = "".join(
        char for char in text if char in "\n\t" or (char.isprintable() and char <= "\uffff")
    ).strip()
    if not clean:
        return
    block = print_block_string(clean, minimize="\n" not in clean and len(clean) < _LINE)
    yield from (f"{indent}{line}" if line else "" for line in block.split("\n"))


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
