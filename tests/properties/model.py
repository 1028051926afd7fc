"""A random schema as plain data: from it the SDL is printed, upstream worlds answer, the oracle resolves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SCALARS = ("String", "Int", "Float", "Boolean", "ID", "JSON", "DateTime")
ENUM = "Color"
COLORS = ("RED", "GREEN", "BLUE")
KEY = "id"  # the key field of every entity type


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A type as a field states it. `required`: whether each level is non-null, outermost list first."""

    name: str
    required: tuple[bool, ...]

    @property
    def depth(self) -> int:
        """How many lists stand around the named type."""
        return len(self.required) - 1

    @property
    def text(self) -> str:
        text = self.name + "!" * self.required[-1]
        for required in reversed(self.required[:-1]):
            text = f"[{text}]" + "!" * required
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A field of a mapping: read at `keys` in the answer, its objects made by `made`."""

    field: str
    keys: tuple[str, ...]
    ref: Ref
    clean: bool  # the upstream never sends a wrong type here: expressions read it
    made: "ObjectMap | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectMap:
    """The selection of an object: `entries` for all, and of an abstract type more by `kind`, its name."""

    entries: tuple[Entry, ...]
    kinds: Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A value that goes into a request: `$root.path` as `name` at a `place` (path, query, header, body)."""

    name: str
    root: str  # args, this, context, batch
    path: tuple[str, ...]
    place: str
    join: bool = False

    @property
    def expression(self) -> str:
        return f"${self.root}.{'.'.join(self.path)}" + ("->joinNotNull(',')" if self.join else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """`key`: where the answered items of a field-level batch hold their parent's id."""

    max_size: int
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A connector: what it sends, and how its answer becomes a value of type `ref`."""

    id: str
    method: str
    feeds: tuple[Feed, ...]
    ref: Ref
    keys: tuple[str, ...]
    made: ObjectMap | None
    clean: bool = False
    batch: Batch | None = None
    entity: bool = False
    defaults: bool = False
    default: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Given by whatever mapping makes the object; `stub`: as a stub of an entity."""

    stub: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Const:
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """A CEL expression, the siblings and arguments it reads, and what it means in Python.

    `meaning` takes the siblings by name (nulls among them), the arguments and the caller's subject.
    """

    text: str
    reads: tuple[str, ...]
    meaning: Callable[[Mapping[str, object], Mapping[str, object], str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Connectors of which each gives other fields of the same objects; of listed ones the key as well."""

    apis: tuple[Api, ...]

    def givers_of(self, name: str) -> tuple[int, ...]:
        """The APIs that give a field: one, or all of them."""
        return tuple(number for number, api in enumerate(self.apis) if name in _names(api))


def _names(api: Api) -> set[str]:
    assert api.made is not None, "parts are of objects"
    return {entry.field for entry in api.made.entries}


Supply = Plain | Const | Expr | Api | Several


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg:
    name: str
    ref: Ref
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Access: `role` or `authenticated` decided per caller, or `reads` equal to `equals` per object."""

    silent: bool
    authenticated: bool = False
    role: str | None = None
    reads: str | None = None
    equals: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    name: str
    ref: Ref
    supply: Supply
    args: tuple[Arg, ...] = ()
    rule: Rule | None = None
    clean: bool = False
    inaccessible: bool = False

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """Paths into the parent that its value depends on, in a fixed order."""
        match self.supply:
            case Expr(reads=reads):
                return tuple((name,) for name in sorted(reads))
            case Api(feeds=feeds):
                return tuple(sorted({feed.path for feed in feeds if feed.root in ("this", "batch")}))
            case Several(apis=apis):
                paths = {feed.path for api in apis for feed in api.feeds if feed.root == "this"}
                return tuple(sorted(paths))
            case _:
                return ()


@dataclass(slots=True, kw_only=True)
class TypeSpec:
    """An object type; `entities` are the APIs that fill it by its key, in order of preference."""

    name: str
    fields: dict[str, FieldSpec] = field(default_factory=dict[str, FieldSpec])
    keyed: bool = False
    entities: list[Api] = field(default_factory=list[Api])
    interface: str | None = None
    rule: Rule | None = None


@dataclass(slots=True, kw_only=True)
class Model:
    """`interfaces`: name -> its field names; `abstract`: interfaces and unions, name -> object types."""

    types: dict[str, TypeSpec] = field(default_factory=dict[str, TypeSpec])
    interfaces: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    abstract: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    apis: dict[str, Api] = field(default_factory=dict[str, Api])

    def is_composite(self, name: str) -> bool:
        return name in self.types or name in self.abstract

    def possible(self, name: str) -> tuple[str, ...]:
        return self.abstract.get(name, (name,))
