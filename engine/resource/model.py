"""What business units registered, read and frozen: sources, connectors, values, types, the registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLSchema,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
)

from engine.expr import Expression
from engine.problem import Problem
from engine.resource.cache import CachePolicy
from engine.resource.mapping import Selection, VariableUse
from engine.resource.policy import Policy
from engine.resource.template import HeaderTemplate, UrlTemplate


class OnError(StrEnum):
    NULL = "NULL"
    FAIL = "FAIL"
    DEFAULT = "DEFAULT"
    STALE = "STALE"


class OnDeny(StrEnum):
    ERROR = "ERROR"
    NULL = "NULL"
    HIDE = "HIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A position in a module's text; line and column are 1-based."""

    module: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A template or mapping as its author wrote it: `argument` is its place in the directive ("http.GET")."""

    argument: str
    text: StringValueNode
    variables: tuple[VariableUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """An outgoing header: forwarded from the client's header `forward`, or rendered from `template`."""

    name: str
    forward: str | None = None
    template: HeaderTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMapping:
    message: Selection | None = None
    extensions: Selection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An upstream service of one module; `key` is unique in the registry, `name` only in its module."""

    name: str
    module: str
    base_url: UrlTemplate
    headers: tuple[Header, ...] = ()
    errors: ErrorMapping | None = None
    is_success: Selection | None = None
    policy: Policy = field(default_factory=Policy)
    written: tuple[Written, ...]
    node: ConstDirectiveNode
    place: Place

    @property
    def key(self) -> str:
        return f"{self.module}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One call for many parents.

    `parents`: what `$batch` names on each parent, in order: (("id",),) or, for a compound key, several.
    `keys`: the paths in each answered item that match them: on a type the same names in the mapped item,
    on a field the one declared path in the item as answered.
    """

    max_size: int
    parents: tuple[tuple[str, ...], ...]
    keys: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One API: a request template and the mapping of its answer. Everything of its source is merged in."""

    api: str  # the stable id: `id:` or the site
    coordinate: str
    site: str  # the coordinate, numbered from the second @connect there on: Query.user#2
    module: str
    source: str  # Source.key, or module/host where the connector names no source
    source_name: str
    method: str
    url: UrlTemplate
    headers: tuple[Header, ...]
    query: Selection | None
    body: Selection | None
    selection: Selection
    entity: bool
    batch: Batch | None
    errors: ErrorMapping | None
    is_success: Selection | None
    policy: Policy
    cache: CachePolicy | None = None  # how long its answers are kept, if they are
    on_error: OnError
    default: object
    written: tuple[Written, ...]  # what stands in this @connect itself, nothing of its source
    node: ConstDirectiveNode
    place: Place

    @property
    def request_variables(self) -> tuple[VariableUse, ...]:
        uses = list(self.url.variables)
        for header in self.headers:
            if header.template is not None:
                uses.extend(header.template.variables)
        for mapping in (self.query, self.body):
            if mapping is not None:
                uses.extend(mapping.variables)
        return tuple(uses)

    @property
    def answer_variables(self) -> tuple[VariableUse, ...]:
        """Variables that the mapping of the answer reads, success and error mappings included."""
        mappings = [self.selection, self.is_success]
        if self.errors is not None:
            mappings += [self.errors.message, self.errors.extensions]
        return tuple(use for mapping in mappings if mapping is not None for use in mapping.variables)

    @property
    def variables(self) -> tuple[VariableUse, ...]:
        return self.request_variables + self.answer_variables

    @property
    def this_paths(self) -> frozenset[tuple[str, ...]]:
        """Paths into the parent that the call needs: `$this.a.b` and, in a batch, the parent's key."""
        paths = {use.path for use in self.variables if use.name == "$this" and use.path}
        if self.batch is not None:
            paths.update(self.batch.parents)
        return frozenset(paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A field that is not fetched: `expression`, or else the constant `const`."""

    const: object = None
    expression: Expression | None = None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """Who may see a field or type. All stated conditions must hold; an empty one is not stated."""

    id: int  # dense, unique in the registry: requests hold their verdicts in a list
    coordinate: str
    authenticated: bool = False
    scopes: tuple[tuple[str, ...], ...] = ()  # any of (all of …)
    channels: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    when: Expression | None = None
    on_deny: OnDeny = OnDeny.ERROR

    @property
    def reads_this(self) -> bool:
        return self.when is not None and any(path[0] in ("this", "args") for path in self.when.paths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a registered type, with how it gets its value."""

    name: str
    parent: str
    module: str
    unit: str
    node: FieldDefinitionNode
    connectors: tuple[Connector, ...] = ()
    value: Value | None = None
    rules: tuple[AccessRule, ...] = ()
    inaccessible: bool = False
    place: Place

    @property
    def coordinate(self) -> str:
        return f"{self.parent}.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A type that modules registered: its own definition and every extension of it."""

    name: str
    module: str
    unit: str
    node: TypeDefinitionNode | TypeExtensionNode
    fields: Mapping[str, Field]
    keys: tuple[tuple[str, ...], ...] = ()
    connectors: tuple[Connector, ...] = ()
    rules: tuple[AccessRule, ...] = ()
    inaccessible: bool = False
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One unit's document as parsed; `config` holds its secrets and is never printed.

    What it says by itself is read once and kept here, so that publishing one module reads no other anew.
    """

    name: str
    sdl: str
    document: DocumentNode
    readable: DocumentNode  # the document without directives that mean nothing
    problems: tuple[Problem, ...]  # why those mean nothing
    unread: frozenset[str]  # coordinates where they stood
    connectors: "dict[tuple[int, str], Connector]" = field(
        default_factory=dict["tuple[int, str]", "Connector"], repr=False, compare=False
    )  # each @connect of `readable` as read before, by its node and its site
    trusted: bool = False  # published by an admin: it may depend on what other units guard
    config: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Everything published, composed. Frozen: a publish makes a new one under a new revision.

    `schema` is the whole graph, inaccessible parts included; `entities` are the connectors
    that can fill a type by its key, in order of preference.
    """

    revision: str
    schema: GraphQLSchema
    platform: DocumentNode
    definitions: Mapping[str, TypeDefinitionNode]
    modules: Mapping[str, Module]
    units: Mapping[str, str]  # module -> unit
    types: Mapping[str, Type]
    sources: Mapping[str, Source]
    entities: Mapping[str, Sequence["EntityConnector"]]
    rules: Sequence[AccessRule]

    def field(self, type_name: str, field_name: str) -> Field | None:
        owner = self.types.get(type_name)
        return None if owner is None else owner.fields.get(field_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityConnector:
    """A connector that fills a type: `keys` maps each key field to the argument that carries it, if any.

    Type-level connectors read the parent as `$this` or `$batch`; a Query field with `entity: true` gets
    its arguments from the stub's fields of the same names.
    """

    connector: Connector
    keys: tuple[str, ...]
    arguments: bool
