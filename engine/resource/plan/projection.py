"""Generate, once per plan, the function that writes the response from the objects the steps left.

One Python function per position and type; indices of the lists around it are its parameters, so the path
of an error is spelled out only where there is one. Semantics are those of GraphQL execution: leaf values
are serialised, a null or failed value of a non-null field makes its nearest nullable parent null.
"""

from collections.abc import Callable, Sequence
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

from engine.resource.plan.assembly import Assembly
from engine.resource.plan.steps import Guard, Object
from engine.resource.plan.wanted import Output, Selected
from engine.resource.plan.writing import Bubble, Writer

Projection = Callable[[Object, Writer], dict[str, object]]
_EXACT = {"String": "str", "ID": "str", "Int": "int32", "Boolean": "bool", "Float": "float"}


def generate_projection(selected: Selected, assembly: Assembly) -> Projection:
    """The projection of a root object. It raises Bubble where the whole of `data` is null."""
    generator = _Generator(assembly)
    root = generator.objects(selected, (), required=False)
    code = "\n".join(generator.lines)
    scope: dict[str, object] = {**generator.constants, **_SCOPE}
    exec(compile(code, "<projection>", "exec"), scope)  # generated from a validated operation
    only = generator.function_of(root, next(iter(selected.outputs)))
    return cast("Projection", scope[only])  # the generated function has this signature


_SCOPE: dict[str, object] = {"Bubble": Bubble}


class _Generator:
    def __init__(self, assembly: Assembly) -> None:
        self._assembly = assembly
        self.lines: list[str] = []
        self.constants: dict[str, object] = {}
        self._functions: dict[tuple[int, str], str] = {}
        self._count = 0

    def function_of(self, position: int, type_name: str) -> str:
        return self._functions[position, type_name]

    def constant(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    # ------------------------------------------------------------------ objects
    def objects(self, selected: Selected, path: tuple[str, ...], *, required: bool) -> int:
        """Generate the functions of a position; returns its number.

        `required`: there must be an object. `path` is the source text of each element of the response path:
        a quoted key or an index variable.
        """
        self._count += 1
        number = self._count
        for type_name, outputs in selected.outputs.items():
            name = f"write_{number}_{type_name}"
            self._functions[number, type_name] = name
            guard = self._assembly.guards.of_object(selected.position, type_name)
            self._object(name, type_name, outputs, path, _object_guard(guard, path, required=required))
        return number

    def _object(
        self,
        name: str,
        type_name: str,
        outputs: Sequence[Output],
        path: tuple[str, ...],
        guard: Sequence[str],
    ) -> None:
        body: list[str] = []
        pairs: list[str] = []
        for index, output in enumerate(outputs):
            if output.wanted is None:
                pairs.append(f"{output.key!r}: {type_name!r}")
                continue
            variable = f"v{index}"
            pairs.append(f"{output.key!r}: {variable}")
            body += self._field(variable, output, (*path, repr(output.key)))
        indices = "".join(f", {part}" for part in path if not part.startswith(("'", '"')))
        self.lines.append(f"def {name}(o, w{indices}):")
        self.lines += guard
        self.lines += body
        self.lines.append(f" return {{{', '.join(pairs)}}}")

    # ------------------------------------------------------------------ fields
    def _field(self, variable: str, output: Output, path: tuple[str, ...]) -> list[str]:
        wanted = output.wanted
        assert wanted is not None, "the caller looked"
        slot, name = self._assembly.slot_and_name(wanted)
        lines = _read(variable, slot, name)
        if wanted.arguments.may_fail and not self._assembly.reads_arguments(wanted):
            lines.append(f" {variable} = w.given({variable}, {self.constant(wanted.arguments)})")
        denial = _denial(self._assembly.guards.of(wanted))
        if denial is not None:
            lines.append(f" d = {denial}")
            lines += [" if d is not None:", f"  {variable} = d"]
        declared = wanted.declared
        required = isinstance(declared, GraphQLNonNull)
        if isinstance(declared, GraphQLNonNull):
            declared = declared.of_type
        if isinstance(declared, GraphQLList):
            lines += self._list(variable, declared.of_type, output, path, required=required)
        elif is_leaf_type(declared):
            lines += self._leaf(variable, declared, path, required=required)
        else:
            lines += self._single(variable, output, path, required=required)
        return lines

    def _leaf(
        self, variable: str, declared: GraphQLLeafType, path: tuple[str, ...], *, required: bool
    ) -> list[str]:
        serialize = self.constant(leaf_serializer(declared))
        test = _exact_test(variable, declared, self.constant)
        if not required:
            test = f"{variable} is None or {test}"
        call = f"w.leaf({variable}, {serialize}, {_tuple(path)}, {required})"
        return [f" if not ({test}): {variable} = {call}"]

    def _single(self, variable: str, output: Output, path: tuple[str, ...], *, required: bool) -> list[str]:
        selected = output.selected
        assert selected is not None, "composite fields have selections"
        number = self.objects(selected, path, required=required)
        absent = _absent_stub(variable, selected.position.stub_key)
        call = self._call(number, selected, variable, path)
        bad = f"{variable} = w.bad_object({variable}, {_tuple(path)}, {required})"
        if required:
            return [*absent, f" if type({variable}) is dict: {variable} = {call}", f" else: {bad}"]
        return [
            *absent,
            f" if type({variable}) is dict:",
            f"  try: {variable} = {call}",
            f"  except Bubble: {variable} = None",
            f" elif {variable} is not None: {bad}",
        ]

    def _call(self, number: int, selected: Selected, variable: str, path: tuple[str, ...]) -> str:
        """The expression that writes an object: by its one type, or by its `__typename`."""
        indices = "".join(f", {part}" for part in path if not part.startswith(("'", '"')))
        if not selected.position.abstract:
            only = next(iter(selected.outputs))
            return f"{self.function_of(number, only)}({variable}, w{indices})"
        table = ", ".join(f"{name!r}: {self.function_of(number, name)}" for name in selected.outputs)
        fallback = f"w.unknown_type({_tuple(path)})"
        return f"({{{table}}}.get({variable}.get('__typename')) or {fallback})({variable}, w{indices})"

    # ------------------------------------------------------------------ lists
    def _list(
        self,
        variable: str,
        member: GraphQLType,
        output: Output,
        path: tuple[str, ...],
        *,
        required: bool,
    ) -> list[str]:
        """Write a list through one generated function per level, so that nesting needs no nested blocks."""
        function = self._member_writer(member, output, path)
        bad = f"{variable} = w.bad_list({variable}, {_tuple(path)}, {required})"
        indices = "".join(f", {part}" for part in path if not part.startswith(("'", '"')))
        call = f"{function}({variable}, w{indices})"
        if required:
            return [f" if type({variable}) is list: {variable} = {call}", f" else: {bad}"]
        return [
            f" if type({variable}) is list:",
            f"  try: {variable} = {call}",
            f"  except Bubble: {variable} = None",
            f" elif {variable} is not None: {bad}",
        ]

    def _member_writer(self, member: GraphQLType, output: Output, path: tuple[str, ...]) -> str:
        required = isinstance(member, GraphQLNonNull)
        inner = member.of_type if isinstance(member, GraphQLNonNull) else member
        index = f"i{sum(1 for part in path if not part.startswith(chr(39)) and not part.startswith(chr(34)))}"
        below = (*path, index)
        lines: list[str] = []
        if isinstance(inner, GraphQLList):
            lines = self._list("x", inner.of_type, output, below, required=required)
        elif is_leaf_type(inner):
            lines = self._leaf("x", inner, below, required=required)
        else:
            lines = self._single("x", output, below, required=required)
        self._count += 1
        name = f"list_{self._count}"
        indices = "".join(f", {part}" for part in path if not part.startswith(("'", '"')))
        self.lines.append(f"def {name}(items, w{indices}):")
        self.lines += [" out = []", " add = out.append", f" for {index}, x in enumerate(items):"]
        self.lines += [f" {line}" for line in lines]
        self.lines += ["  add(x)", " return out"]
        return name


def _read(variable: str, slot: int | None, name: str | None) -> list[str]:
    if slot is None:
        return [f" {variable} = o.get({name!r})"]
    lines = [f" {variable} = o.get({slot}, w.pending)"]
    if name is not None:
        lines.append(f" if type({variable}) is dict: {variable} = {variable}.get({name!r})")
    return lines


def _absent_stub(variable: str, key: tuple[str, ...]) -> list[str]:
    """A stub one of whose key fields is null stands for nothing."""
    if not key:
        return []
    missing = " or ".join(f"{variable}.get({part!r}) is None" for part in key)
    return [f" if type({variable}) is dict and ({missing}): {variable} = None"]


def _object_guard(guard: Guard, path: tuple[str, ...], *, required: bool) -> list[str]:
    denial = _denial(guard)
    if denial is None:
        return []
    return [f" d = {denial}", " if d is not None:", f"  w.deny_object(d, {_tuple(path)}, {required})"]


def _denial(guard: Guard) -> str | None:
    """Source text that is None, or the failure of the first rule that refuses."""
    parts = [f"w.verdicts[{rule}]" for rule in guard.rules]
    parts += [f"o.get({slot}, w.pending)" for slot in guard.slots]
    return " or ".join(parts) if parts else None


def _tuple(path: Sequence[str]) -> str:
    return f"({''.join(f'{part}, ' for part in path)})"


def _exact_test(variable: str, declared: GraphQLLeafType, constant: Callable[[object], str]) -> str:
    """Source text that holds for values that need no serialisation."""
    if isinstance(declared, GraphQLEnumType):
        names = constant(frozenset(declared.values))
        return f"type({variable}) is str and {variable} in {names}"
    exact = _EXACT.get(declared.name)
    if exact == "int32":
        return f"type({variable}) is int and -2147483648 <= {variable} <= 2147483647"
    if exact == "float":  # not a NaN, not infinite: JSON has neither
        return f"type({variable}) is float and {variable} - {variable} == 0"
    if exact is not None:
        return f"type({variable}) is {exact}"
    return f"type({variable}) is str"


def leaf_serializer(declared: GraphQLLeafType) -> Callable[[object], object]:
    """graphql-core's own serialisation; custom scalars pass JSON through."""
    if isinstance(declared, GraphQLScalarType) and declared.name not in _EXACT:
        return lambda value: value
    return declared.serialize
