"""Paths of a description → operations: what each takes, what it answers, what it is called."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from engine.resource.openapi.names import Names, field_name, type_name
from engine.resource.openapi.notes import Notes
from engine.resource.openapi.parameters import Argument, Arguments
from engine.resource.openapi.references import Documents, Node
from engine.resource.openapi.security import Credentials, Security
from engine.resource.openapi.servers import Servers
from engine.resource.openapi.shapes import JSON, STRING, Direction, Listed, Named, ObjectType, Shape
from engine.resource.openapi.types import Types

METHODS: Final = ("get", "put", "post", "delete", "patch")
_OTHER_METHODS = ("head", "options", "trace")
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`answer` None: only whether it succeeded. `media`: of the body that is sent, "" without one."""

    name: str
    label: str  # GET /pets/{id}
    method: str
    path: str
    node: Node
    server: str
    arguments: tuple[Argument, ...]
    media: str
    accept: str
    answer: Shape | None
    response: Node | None
    credentials: Credentials

    @property
    def root(self) -> str:
        return "Query" if self.method == "GET" else "Mutation"

    @property
    def body(self) -> Argument | None:
        return next((argument for argument in self.arguments if argument.place == "body"), None)

    @property
    def deprecated(self) -> bool:
        return self.node.is_true("deprecated")


@dataclass(slots=True, kw_only=True)
class OperationReader:
    """Reads the operations that `include` and `exclude` (tags, or patterns of paths) leave."""

    documents: Documents
    types: Types
    names: Names
    notes: Notes
    servers: Servers
    security: Security
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    total: int = 0
    found: list[Operation] = field(default_factory=list[Operation])

    def read(self) -> None:
        paths = self.documents.get(self.documents.root, "paths")
        for path, written in paths.members() if paths is not None else ():
            if not path.startswith("/"):
                continue
            item = self.documents.follow(written)
            for method in METHODS:
                operation = item.find(method)
                if operation is not None and self._is_wanted(path, operation):
                    self.total += 1
                    self._read(path, method.upper(), item, self.documents.follow(operation))
            for method in _OTHER_METHODS:
                if item.find(method) is not None:
                    label = f"{method.upper()} {path}"
                    self.notes.skip("METHOD_UNMAPPABLE", label, f"{method.upper()} gives no data")
        for key in ("webhooks", "x-webhooks") if not self.include else ():
            hooks = self.documents.get(self.documents.root, key)
            for name, _ in hooks.members() if hooks is not None else ():
                self.notes.lose("WEBHOOK", f"webhook {name}", "a call that the API makes is no field")

    def _is_wanted(self, path: str, operation: Node) -> bool:
        listed = operation.find("tags")
        marks = [path, *(str(tag.value) for tag in (listed.items() if listed is not None else ()))]

        def named_by(patterns: tuple[str, ...]) -> bool:
            return any(fnmatchcase(mark, pattern) for mark in marks for pattern in patterns)

        return (not self.include or named_by(self.include)) and not named_by(self.exclude)

    def _read(self, path: str, method: str, item: Node, node: Node) -> None:
        label = f"{method} {path}"
        wanted = field_name(node.text("operationId") or f"{method.lower()} {path}")
        hint = type_name(wanted)
        problem = _problem_of_path(path)
        if problem is not None:
            return self.notes.skip("PATH_UNMAPPABLE", label, problem)
        arguments = Arguments(
            documents=self.documents, types=self.types, notes=self.notes, operation=label, hint=hint
        )
        arguments.read(self._parameters(item, node), path)
        media = self._read_body(node, method, arguments, hint) if arguments.ok else None
        answer = self._read_answer(node, label, hint, method) if media is not None else None
        if media is None or answer is None:
            return None  # said why
        for name, _ in callbacks.members() if (callbacks := node.find("callbacks")) is not None else ():
            self.notes.lose("CALLBACK", f"{label} callback '{name}'", "a call that the API makes is no field")
        name = self.names.take(wanted)
        if name != wanted:
            self.notes.change("NAME_TAKEN", label, f"'{wanted}' is taken: it is called '{name}'")
        self.found.append(
            Operation(
                name=name,
                label=label,
                method=method,
                path=path,
                node=node,
                server=self.servers.of(item, node),
                arguments=tuple(arguments.found),
                media=media,
                accept=answer.accept,
                answer=answer.shape,
                response=answer.response,
                credentials=self.security.of(node, label),
            )
        )
        return None

    def _parameters(self, item: Node, node: Node) -> list[Node]:
        """Those of the path, replaced by the operation's own of the same name and place."""
        found: dict[tuple[str | None, str | None], Node] = {}
        for owner in (item, node):
            listed = owner.find("parameters")
            for written in listed.items() if listed is not None else ():
                parameter = self.documents.follow(written)
                found[parameter.text("name"), parameter.text("in")] = parameter
        return list(found.values())

    # -- bodies --------------------------------------------------------------------------------------

    def _read_body(self, node: Node, method: str, arguments: Arguments, hint: str) -> str | None:
        """The media type that is sent, "" without a body; None where it cannot be written (noted)."""
        body = self.documents.get(node, "requestBody")
        content = self.documents.get(body, "content") if body is not None else None
        if body is None or content is None or not isinstance(content.value, dict) or not content.value:
            return ""
        place = f"{arguments.operation} body"
        media = next((name for name in content.value if _is_json(name)), None)
        media = media or next((name for name in content.value if FORM in name), None)
        if method == "GET" or media is None:
            reason = (
                "a GET has no body" if method == "GET" else f"{', '.join(content.value)} cannot be written"
            )
            if body.is_true("required"):
                return self.notes.skip("BODY_UNMAPPABLE", place, reason)
            self.notes.lose("BODY_UNMAPPABLE", place, reason)
            return ""
        schema = content.find(media)
        schema = schema.find("schema") if schema is not None else None
        shape = self.types.shape(schema, f"{hint}Input", Direction.INPUT) if schema is not None else JSON
        self.types.finish()
        if FORM in media and not self._is_form(shape):
            return self.notes.skip("BODY_UNMAPPABLE", place, "a form takes scalars and lists of them")
        taken = {argument.name for argument in arguments.found}
        arguments.found.append(
            Argument(
                name=next(name for name in ("input", "body", "inputBody") if name not in taken),
                wire="",
                place="body",
                shape=shape,
                required=self._needs_body(body, shape, place),
                node=body,
                description=body.text("description") or "",
            )
        )
        return media

    def _is_form(self, shape: Shape) -> bool:
        declared = self.types.table.get(shape.key) if isinstance(shape, Named) else None
        if not isinstance(declared, ObjectType):
            return False
        inner = [
            member.shape.item if isinstance(member.shape, Listed) else member.shape
            for member in declared.members
        ]
        return not any(
            isinstance(each, Listed)
            or (isinstance(each, Named) and isinstance(self.types.table.get(each.key), ObjectType))
            for each in inner
        )

    def _needs_body(self, body: Node, shape: Shape, place: str) -> bool:
        if body.is_true("required"):
            return True
        declared = self.types.table.get(shape.key) if isinstance(shape, Named) else None
        if isinstance(declared, ObjectType) and not any(member.required for member in declared.members):
            return False
        if shape == JSON:
            return False
        self.notes.change("BODY_REQUIRED", place, "it has parts that must be there: it has to be given")
        return True

    # -- answers -------------------------------------------------------------------------------------

    def _read_answer(self, node: Node, label: str, hint: str, method: str) -> "_Answer | None":
        responses = self.documents.get(node, "responses")
        good = [] if responses is None else sorted(_good(responses), key=lambda pair: pair[0])
        if not good:
            return _Answer(shape=None, response=None, accept="")
        readable = [each for _, written in good if (each := self._readable(written, hint)) is not None]
        with_data = [each for each in readable if each.shape is not None]
        chosen = (with_data or readable)[0] if readable else None
        if chosen is None and method == "GET":
            return self.notes.skip(
                "RESPONSE_UNMAPPABLE", label, f"{self._media_of(good[0][1])} cannot be read"
            )
        if chosen is None:
            self.notes.lose(
                "RESPONSE_UNMAPPABLE", label, f"{self._media_of(good[0][1])}: only success is told"
            )
            return _Answer(shape=None, response=None, accept="")
        if any(each.shape != chosen.shape for each in with_data):
            self.notes.lose("RESPONSE_SEVERAL", label, "answers of several forms: the first is mapped")
        return chosen

    def _readable(self, written: Node, hint: str) -> "_Answer | None":
        """None for a media type that the gateway does not read."""
        response = self.documents.follow(written)
        content = self.documents.get(response, "content")
        if content is None or not isinstance(content.value, dict) or not content.value:
            return _Answer(shape=None, response=response, accept="")
        for name, media in content.members():
            if _is_json(name) or name == "*/*":
                schema = media.find("schema")
                shape = (
                    JSON if schema is None else self.types.shape(schema, f"{hint}Answer", Direction.OUTPUT)
                )
                self.types.finish()
                accept = "" if name in ("application/json", "*/*") else name.partition(";")[0]
                return _Answer(shape=shape, response=response, accept=accept)
        if "text/plain" in content.value:
            return _Answer(shape=STRING, response=response, accept="text/plain")
        return None

    def _media_of(self, written: Node) -> str:
        content = self.documents.get(self.documents.follow(written), "content")
        return ", ".join(name for name, _ in content.members()) if content is not None else "it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    shape: Shape | None
    response: Node | None
    accept: str


def _good(responses: Node) -> list[tuple[str, Node]]:
    """The responses of success, else the one for everything."""
    all_of_them = list(responses.members())
    good = [(code, node) for code, node in all_of_them if code[:1] == "2"]
    return good or [(code, node) for code, node in all_of_them if code == "default"]


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _problem_of_path(path: str) -> str | None:
    if "?" in path or "#" in path:
        return "a path has no '?' and no '#'"
    segments = path[1:].split("/")
    if any(not segment for segment in segments[:-1]):
        return "a path has no empty parts"
    return "a path has no '.' and no '..'" if {".", ".."} & set(segments) else None
