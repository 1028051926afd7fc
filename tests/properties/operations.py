"""Random valid operations over a schema: everything that GraphQL lets a client write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tests.properties.model import COLORS, ENUM, Api, Arg, Model, Ref, Several

SCALAR_TEXTS = ("a", "B c", "é/ü", "", "中文", "q")
MAX_FIELDS = 40  # of one document


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    ref: Ref
    default: str | None

    @property
    def text(self) -> str:
        return f"${self.name}: {self.ref.text}" + (f" = {self.default}" if self.default is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document, the operation of it that runs, and its variables."""

    text: str
    name: str | None
    variables: tuple[Variable, ...]


class OperationMaker:
    """One random document."""

    def __init__(self, rng: Random, model: Model) -> None:
        self.rng = rng
        self.model = model
        self._variables: dict[str, Variable] = {}
        self._fragments: dict[str, tuple[str, str]] = {}  # name -> type, text
        self._aliases: dict[tuple[str, str, str], str] = {}
        self._left = MAX_FIELDS

    def make(self) -> Written:
        rng = self.rng
        kind, root = rng.choice((*[("query", "Query")] * 3, ("mutation", "Mutation")))
        selection = self._selection(root, 4)
        name = rng.choice((None, "Main", "Main"))
        texts = [self._operation(kind, name, selection)]
        for fragment, (type_name, text) in self._fragments.items():
            texts.append(f"fragment {fragment} on {type_name} {text}")
        variables = tuple(self._variables.values())
        if name is not None and rng.random() < 0.3:
            texts.append("query Other { __typename }")
        rng.shuffle(texts)
        return Written(text="\n".join(texts), name=name, variables=variables)

    def _operation(self, kind: str, name: str | None, selection: str) -> str:
        declared = ", ".join(variable.text for variable in self._variables.values())
        head = f"{kind} {name or ''}" + (f"({declared})" if declared else "")
        return f"{head} {selection}"

    # ------------------------------------------------------------------ selections
    def _selection(self, type_name: str, depth: int) -> str:
        parts: list[str] = []
        for _ in range(self.rng.choice((1, 2, 3, 4)) + (depth == 4)):
            part = self._part(type_name, depth)
            if part is not None:
                parts.append(part)
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _part(self, type_name: str, depth: int) -> str | None:
        chance = self.rng.random()
        if chance < 0.1:
            return self.rng.choice(("__typename", "k: __typename"))
        if chance < 0.35 and depth > 0:
            return self._inline(type_name, depth)
        if chance < 0.5 and depth > 1:
            return self._spread(type_name, depth)
        return self._field(type_name, depth)

    def _inline(self, type_name: str, depth: int) -> str:
        on = self._condition(type_name)
        head = f"... on {on}" if self.rng.random() < 0.9 or on != type_name else "..."
        return f"{head}{self._directive()} {self._selection(on, depth - 1)}"

    def _spread(self, type_name: str, depth: int) -> str:
        on = self._condition(type_name)
        known = [name for name, (of, _) in self._fragments.items() if of == on]
        if known and self.rng.random() < 0.4:
            name = self.rng.choice(known)
        else:
            text = self._selection(on, depth - 1)
            name = f"F{len(self._fragments)}"
            self._fragments[name] = (on, text)
        return f"...{name}{self._directive()}"

    def _condition(self, type_name: str) -> str:
        """The type itself, or one that overlaps: a member, or an abstract type around it."""
        members = set(self.model.possible(type_name))
        around = [name for name, those in self.model.abstract.items() if members & set(those)]
        return self.rng.choice([type_name, *sorted(members), *around, *around])

    def _field(self, type_name: str, depth: int) -> str | None:
        names = self.model.interfaces.get(type_name)
        if names is None and type_name in self.model.abstract:  # a union has no fields of its own
            member = self.rng.choice(self.model.abstract[type_name])
            return f"... on {member} {self._selection(member, min(depth, 2))}" if depth > 0 else "__typename"
        owner = self.model.types.get(type_name)
        fields = (owner or self.model.types[self.model.abstract[type_name][0]]).fields
        shown = [f for name, f in fields.items() if (names is None or name in names) and not f.inaccessible]
        if depth <= 1 or self._left < 0:
            shown = [field for field in shown if not self.model.is_composite(field.ref.name)]
        if not shown:
            return None
        calling = [field for field in shown if isinstance(field.supply, Api | Several)]
        nesting = [field for field in shown if self.model.is_composite(field.ref.name)]
        field = self.rng.choice(self.rng.choices((nesting or shown, calling or shown, shown), (4, 1, 4))[0])
        self._left -= 1
        arguments = self._arguments(field.args)
        head = self._key(type_name, field.name, arguments) + arguments + self._directive()
        if self.model.is_composite(field.ref.name):
            return f"{head} {self._selection(field.ref.name, depth - 1)}"
        return head

    def _key(self, type_name: str, name: str, arguments: str) -> str:
        """The field under its own name or an alias; other arguments always mean another key."""
        if self.rng.random() < 0.1 and not arguments:
            return f"{self.rng.choice('xyz')}: {name}"  # may clash: then the document is not valid
        key = (name, arguments, self.rng.choice(("", "", "again")))
        alias = self._aliases.get(key)
        if alias is None:
            first = not any(known[0] == name for known in self._aliases)
            alias = self._aliases[key] = name if first else f"{name}_{len(self._aliases)}"
        return name if alias == name else f"{alias}: {name}"

    def _directive(self) -> str:
        chance = self.rng.random()
        if chance < 0.8:
            return ""
        condition = self.rng.choice(("true", "false"))
        if chance < 0.95:
            condition = self._variable(Ref(name="Boolean", required=(True,)), may_be_null=False)
        return f" @{self.rng.choice(('skip', 'include'))}(if: {condition})"

    # ------------------------------------------------------------------ arguments
    def _arguments(self, args: tuple[Arg, ...]) -> str:
        texts: list[str] = []
        for arg in args:
            needed = arg.ref.required[0] and arg.default is None
            if needed or self.rng.random() < 0.7:
                texts.append(f"{arg.name}: {self._value(arg.ref, has_default=arg.default is not None)}")
        return f"({', '.join(texts)})" if texts else ""

    def _value(self, ref: Ref, *, has_default: bool = False) -> str:
        if self.rng.random() < 0.4:
            return self._variable(ref, may_be_null=has_default)
        if not ref.required[0] and self.rng.random() < 0.1:
            return "null"
        if ref.depth:
            inner = Ref(name=ref.name, required=ref.required[1:])
            return "[" + ", ".join(self._value(inner) for _ in range(self.rng.choice((0, 1, 2)))) + "]"
        if ref.name == "Filter":
            return self._filter()
        return constant(self.rng, ref.name)

    def _filter(self) -> str:
        parts: list[str] = []
        for name, ref in FILTER.items():
            if name != "below" and self.rng.random() < 0.4:
                parts.append(f"{name}: {self._value(ref)}")
        if self.rng.random() < 0.3:
            parts.append(f"below: {self._filter()}")
        return "{" + ", ".join(parts) + "}"

    def _variable(self, ref: Ref, *, may_be_null: bool) -> str:
        """A variable that may stand at a place of this type: the same, stricter, or with a default."""
        known = [v for v in self._variables.values() if v.ref == ref]
        if known and self.rng.random() < 0.5:
            return f"${self.rng.choice(known).name}"
        required, default = ref.required[0], None
        if required and ref.depth == 0 and self.rng.random() < 0.5:
            default = constant(self.rng, ref.name)
            required = not may_be_null
        elif not required:
            required = self.rng.random() < 0.3
            if ref.depth == 0 and ref.name != "Filter" and self.rng.random() < 0.5:
                default = constant(self.rng, ref.name)
        name = f"v{len(self._variables)}"
        declared = Ref(name=ref.name, required=(required, *ref.required[1:]))
        self._variables[name] = Variable(name=name, ref=declared, default=default)
        return f"${name}"


FILTER: Mapping[str, Ref] = {
    "text": Ref(name="String", required=(False,)),
    "count": Ref(name="Int", required=(False,)),
    "color": Ref(name=ENUM, required=(False,)),
    "tags": Ref(name="String", required=(False, True)),
    "below": Ref(name="Filter", required=(False,)),
}


def constant(rng: Random, name: str) -> str:
    value = json_value(rng, name)
    return str(value) if name == ENUM else json.dumps(value, ensure_ascii=False)


def json_value(rng: Random, name: str) -> object:
    match name:
        case "Int":
            return rng.choice((1, 2, 30))
        case "Boolean":
            return rng.choice((True, False))
        case "ID":
            return rng.choice(("1", "2", "k2"))
        case "Filter":
            names = [field for field in FILTER if field != "below" and rng.random() < 0.5]
            return {field: variable_value(rng, FILTER[field]) for field in names}
        case _:
            return rng.choice(COLORS if name == ENUM else SCALAR_TEXTS)


def variable_value(rng: Random, ref: Ref) -> object:
    if not ref.required[0] and rng.random() < 0.2:
        return None
    if ref.depth:
        inner = Ref(name=ref.name, required=ref.required[1:])
        return [variable_value(rng, inner) for _ in range(rng.choice((0, 1, 2)))]
    return json_value(rng, ref.name)


def random_variables(rng: Random, written: Written) -> dict[str, object]:
    """Values that fit: optional ones, and those with a default, are sometimes left out."""
    values: dict[str, object] = {}
    for variable in written.variables:
        optional = variable.default is not None or not variable.ref.required[0]
        if not (optional and rng.random() < 0.4):
            values[variable.name] = variable_value(rng, variable.ref)
    return values
