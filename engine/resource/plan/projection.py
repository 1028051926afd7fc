"""Generate, once per plan, the functions that write the response from the objects the steps left.

One Python function per position and type. Its text knows nothing of its place and names nothing, so that
selections of the same build share code; indices of the lists around are its parameters, and the path of an
error is spelled out only where there is one. Semantics are those of GraphQL execution: leaf values are
serialised, a null or failed value of a non-null field makes its nearest nullable parent null.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLType,
    is_leaf_type,
)

from engine.resource.generated import Literals, define
from engine.resource.outcome import PENDING
from engine.resource.plan.assembly import Assembly
from engine.resource.plan.places import Place, Places, Template, refuse_type
from engine.resource.plan.steps import Guard, Object
from engine.resource.plan.wanted import TYPENAME, Output, Selected, Wanted
from engine.resource.plan.writing import Bubble, Writer

Projection = Callable[[Object, Writer], dict[str, object]]

MAX_WHOLE = 8  # fields that one function writes; of wider objects it calls one for each few of them
PART = 4  # the fewer, the more operations share the code; the more, the fewer calls an object costs

_TEXT, _TRUTH, _INT, _FLOAT = "str", "bool", "int", "float"
_EXACT = {"String": _TEXT, "ID": _TEXT, "Int": _INT, "Boolean": _TRUTH, "Float": _FLOAT}
_NAMES: dict[str, object] = {
    "Bubble": Bubble,
    "PENDING": PENDING,
}


def generate_projection(selected: Selected, assembly: Assembly) -> Projection:
    """The projection of a root object. It raises Bubble where the whole of `data` is null."""
    writing = _Writing(assembly)
    type_name = next(iter(selected.outputs))
    made = writing.object_writer(selected, type_name, Place(path=(), required=False, facts={}), catches=False)
    return cast("Projection", made)  # the generated function has this signature


class _Text:
    """One function to be: the names it sees, and the places it writes, which are at `path` or below."""

    def __init__(self, own: Place, path: Template) -> None:
        self.path = path
        self.facts = own.facts
        self.places = Places(own)
        self.literals = Literals()
        self.names: dict[str, object] = {
            **_NAMES,
            "leaf": self.places.leaf,
            "bad_object": self.places.bad_object,
            "bad_list": self.places.bad_list,
            "deny": self.places.deny,
        }
        self.indices = _indices(path)
        self._parameters = "w" + _indices(own.path)

    def name(self, value: object) -> str:
        """A name for a value in the text."""
        name = f"c{len(self.names)}"
        self.names[name] = value
        return name

    def define(
        self, parameter: str, body: Sequence[str], *, catches: bool, into: str = ""
    ) -> Callable[..., object]:
        """The function; `catches`: where a null may stand, it takes what bubbles up from within."""
        lines = [f"def written({parameter}, {self._parameters}{into}):"]
        if catches:
            lines += [" try:", *(f"  {line}" for line in body), " except Bubble:", "  return None"]
        else:
            lines += [f" {line}" for line in body]
        return define("\n".join(lines), self.names, self.literals)


@dataclass(frozen=True, slots=True)
class _Writing:
    assembly: Assembly

    # ------------------------------------------------------------------ objects
    def object_writer(
        self, selected: Selected, type_name: str, own: Place, *, catches: bool
    ) -> Callable[..., object]:
        """The function for objects of one type at one position."""
        text = _Text(own, own.path)
        outputs = selected.outputs[type_name]
        body = ["get = o.get"]
        denial = _denial(text, self.assembly.guards.of_object(selected.position, type_name))
        if denial is not None:
            body += [f"d = {denial}", f"if d is not None: deny(w, d{text.indices})"]
        if len(outputs) <= MAX_WHOLE:
            pairs = [f"{key}: {value}" for key, value in self._pairs(text, outputs, type_name)]
            body += [f"return {{{', '.join(pairs)}}}"]
        else:
            rows = [outputs[at : at + PART] for at in range(0, len(outputs), PART)]
            parts = [text.name(self._part(row, type_name, own)) for row in rows]
            body += ["made = {}", *(f"{part}(o, w{text.indices}, made)" for part in parts), "return made"]
        return text.define("o", body, catches=catches)

    def _part(self, outputs: Sequence[Output], type_name: str, own: Place) -> Callable[..., object]:
        """The function for a few fields of a wide object; most of its like are compiled already."""
        text = _Text(own, own.path)
        pairs = self._pairs(text, outputs, type_name)
        body = ["get = o.get", *(f"made[{key}] = {value}" for key, value in pairs)]
        return text.define("o", body, catches=False, into=", made")

    def _pairs(self, text: _Text, outputs: Sequence[Output], type_name: str) -> Iterator[tuple[str, str]]:
        """Response keys of the object `o` and the expressions for their values."""
        for output in outputs:
            key = text.literals.add(output.key)
            if output.wanted is None:
                yield key, text.literals.add(type_name)
            else:
                yield key, self._field(text, output, output.wanted)

    def _field(self, text: _Text, output: Output, wanted: Wanted) -> str:
        """The expression for one response key of the object `o`."""
        slot, name = self.assembly.slot_and_name(wanted)
        read = _read(text, slot, name)
        if wanted.arguments.may_fail and not self.assembly.reads_arguments(wanted):
            read = f"w.given({read}, {text.name(wanted.arguments)})"
        denial = _denial(text, self.assembly.guards.of(wanted))
        if denial is not None:
            read = f"{read} if (d := {denial}) is None else d"
        facts = self.assembly.facts_of(wanted)
        place = Place(
            path=(*text.path, output.key),
            required=isinstance(wanted.declared, GraphQLNonNull),
            facts=text.facts if facts is None else facts,
        )
        return self._value(text, f"(v := {read})", wanted.declared, output, place)

    def _value(self, text: _Text, read: str, declared: GraphQLType, output: Output, place: Place) -> str:
        """The expression for a value of any type; `read` leaves it in `v`."""
        inner = declared.of_type if isinstance(declared, GraphQLNonNull) else declared
        if is_leaf_type(inner):
            return _leaf(text, read, inner, place)
        if isinstance(inner, GraphQLList):
            write = text.name(self._list_writer(inner.of_type, output, place))
            return _written(text, f"type({read}) is list", write, "bad_list", place)
        return self._object(text, read, output, place)

    def _object(self, text: _Text, read: str, output: Output, place: Place) -> str:
        selected = output.selected
        assert selected is not None, "composite fields have selections"
        writers = {
            name: self.object_writer(selected, name, place, catches=not place.required)
            for name in selected.outputs
        }
        if selected.position.abstract:
            by_type, unknown = text.name(writers), text.name(refuse_type(place))
            write = f"({by_type}.get(v.get({text.literals.add(TYPENAME)})) or {unknown})"
        else:
            write = text.name(next(iter(writers.values())))
        there = [f"v.get({text.literals.add(part)}) is not None" for part in selected.position.stub_key]
        return _written(text, " and ".join([f"type({read}) is dict", *there]), write, "bad_object", place)

    # ------------------------------------------------------------------ lists
    def _list_writer(self, member: GraphQLType, output: Output, own: Place) -> Callable[..., object]:
        """The function for a list; the members of a nested one have a function of their own."""
        text = _Text(own, (*own.path, None))
        place = Place(path=text.path, required=isinstance(member, GraphQLNonNull), facts=own.facts)
        value = self._value(text, "v", member, output, place)
        index = f"i{own.path.count(None)}"
        body = [f"return [{value} for {index}, v in enumerate(items)]"]
        return text.define("items", body, catches=not own.required)


def _written(text: _Text, test: str, write: str, otherwise: str, place: Place) -> str:
    """What `write` makes of `v` if the test holds; where it does not, null or an error."""
    bad = f"{otherwise}(w, {text.places.add(place)}, v{text.indices})"
    if not place.required:
        bad = f"None if v is None else {bad}"
    return f"{write}(v, w{text.indices}) if {test} else {bad}"


def _leaf(text: _Text, read: str, declared: GraphQLLeafType, place: Place) -> str:
    """A value that needs no serialisation as it is; else what the writer makes of it."""
    otherwise = f"leaf(w, {text.places.add(place, leaf_serializer(declared))}, v{text.indices})"
    return f"v if {_exact_test(text, read, declared, required=place.required)} else {otherwise}"


def _exact_test(text: _Text, read: str, declared: GraphQLLeafType, *, required: bool) -> str:
    """Source text that holds for values that need no serialisation, null where it is allowed."""
    exact = _TEXT if isinstance(declared, GraphQLEnumType) else _EXACT.get(declared.name, _TEXT)
    further = ""
    if isinstance(declared, GraphQLEnumType):
        further = f" and v in {text.name(frozenset(declared.values))}"
    elif exact == _INT:
        further = " and -2147483648 <= v <= 2147483647"
    elif exact == _FLOAT:  # not a NaN, not infinite: JSON has neither
        further = " and v - v == 0"
    test = f"type({read}) is {exact}{further}"
    return test if required else f"{test} or v is None"


def _read(text: _Text, slot: int | None, name: str | None) -> str:
    """A field where its supply put it; what else stands in an entity's slot stands for the field."""
    add = text.literals.add
    if slot is None:
        assert name is not None, "plain data has a name"
        return f"get({add(name)})"
    if name is None:
        return f"get({add(slot)}, PENDING)"
    return f"(v.get({add(name)}) if type(v := get({add(slot)}, PENDING)) is dict else v)"


def _indices(path: Template) -> str:
    """The parameters for the indices of the lists around, each after a comma."""
    return "".join(f", i{number}" for number in range(path.count(None)))


def _denial(text: _Text, guard: Guard) -> str | None:
    """Source text that is None, or the failure of the first rule that refuses."""
    parts = [f"w.verdicts[{text.literals.add(rule)}]" for rule in guard.rules]
    parts += [f"get({text.literals.add(slot)}, PENDING)" for slot in guard.slots]
    return " or ".join(parts) if parts else None


def leaf_serializer(declared: GraphQLLeafType) -> Callable[[object], object]:
    """graphql-core's own serialisation; custom scalars pass JSON through."""
    if isinstance(declared, GraphQLScalarType) and declared.name not in _EXACT:
        return lambda value: value
    return declared.serialize
