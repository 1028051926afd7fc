"""Measure a document before validation: no operation may ask for more than one screen of one client needs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from gateway.security.weights import Sized, cost_of, size_of, sized_below
from schema.operation import OperationRefused

MUTATION_COST = 10
MAX_NESTING = (
    100  # selections and spreads inside each other: keeps this walk off the interpreter's stack limit
)
MAX_BRACKETS = 64  # in the text; a selection of depth 12 with the deepest input objects has 44
INTROSPECTION_DEPTH = 20  # the query that tools send has 15, for `ofType` of `ofType`
INTROSPECTION_LISTS = 2  # of fields within fields: types → fields → args is what tools send
_GROWING = frozenset({"fields", "interfaces", "possibleTypes", "inputFields"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one operation may hold, fragments expanded."""

    depth: int = 12  # nested fields; deeper ones walk in circles
    aliases: int = 30  # more is one request doing the work of many
    root_fields: int = 20  # each may be a call of its own
    directives: int = 50  # a screen uses a handful
    fields: int = 500  # a screen shows far fewer
    same_response_name: int = 10  # of one name at one level: their merging is quadratic
    cost: int = 5_000  # objects, with every list ten long


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLimit:
    """A limit that an operation exceeds; `value` is what had been counted when that was clear."""

    limit: str
    value: int
    max: int


def refuse_excess(
    document: DocumentNode, operation_name: str | None, schema: GraphQLSchema, limits: Limits
) -> None:
    """Raises OperationRefused with OPERATION_LIMIT where `check_limits` finds an excess."""
    found = check_limits(document, operation_name, schema, limits)
    if found is not None:
        _refuse(found)


def refuse_nested_text(text: str) -> None:
    """Raises OperationRefused where `check_text` finds an excess."""
    found = check_text(text)
    if found is not None:
        _refuse(found)


def _refuse(found: OperationLimit) -> NoReturn:
    message = f"the operation exceeds the limit {found.limit}: {found.value} is more than {found.max}"
    facts = {"limit": found.limit, "value": found.value, "max": found.max}
    raise OperationRefused("OPERATION_LIMIT", [GraphQLError(message)], facts=facts)


# A string that is not closed matches too: trying again inside it would take quadratic time.
_STRUCTURE = re.compile(r'"""(?:\\"""|[^"]|"(?!""))*(?:""")?|"(?:\\.|[^"\\\n])*"?|#[^\n]*|[{}()\[\]]')


def check_text(text: str) -> OperationLimit | None:
    """Whether brackets nest too deep for a recursive parser; linear, and ends at the first excess."""
    depth = 0
    for found in _STRUCTURE.finditer(text):
        mark = found[0]
        if mark in "{([":
            depth += 1
            if depth > MAX_BRACKETS:
                return OperationLimit(limit="depth", value=depth, max=MAX_BRACKETS)
        elif mark in "})]":
            depth -= 1
    return None


def check_limits(
    document: DocumentNode, operation_name: str | None, schema: GraphQLSchema, limits: Limits
) -> OperationLimit | None:
    """The first excess of any operation of the document, that of the one to run first.

    The others count too, because validation reads all of them. Each fragment is measured once: linear.
    """
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    operations.sort(key=lambda node: node.name is None or node.name.value != operation_name)
    measuring = _Measuring(
        schema=schema, limits=limits, fragments={node.name.value: node for node in fragments}
    )
    try:
        for operation in operations:
            measuring.check_operation(operation)
        for fragment in fragments:
            measuring.fragment(fragment.name.value, nesting=0)
    except _Exceeded as exceeded:
        return exceeded.limit
    return None


class _Exceeded(Exception):
    def __init__(self, limit: str, value: int, maximum: int) -> None:
        super().__init__(limit)
        self.limit = OperationLimit(limit=limit, value=value, max=maximum)


@dataclass(slots=True, kw_only=True)
class _Measure:
    """What a selection holds, fragments expanded. `names` counts the response names of its own level."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    cost: int = 0
    introspection_lists: int = 0
    names: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, other: "_Measure", *, times: int = 1) -> None:
        """Count another selection beside this one, or below a field of it."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.fields += other.fields
        self.cost += other.cost * times
        self.introspection_lists = max(self.introspection_lists, other.introspection_lists)


_CIRCULAR = _Measure()  # of a fragment inside itself, which validation will refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measuring:
    schema: GraphQLSchema
    limits: Limits
    fragments: Mapping[str, FragmentDefinitionNode]
    known: dict[tuple[str, Sized], _Measure] = field(default_factory=dict[tuple[str, Sized], _Measure])

    def check_operation(self, node: OperationDefinitionNode) -> None:
        root = self.schema.get_root_type(node.operation)
        measure = self.selections(node.selection_set, root, nesting=0)
        measure.directives += len(node.directives or ())
        measure.directives += sum(
            len(variable.directives or ()) for variable in node.variable_definitions or ()
        )
        self._refuse("directives", measure.directives, self.limits.directives)
        self._refuse("depth", measure.depth, self.limits.depth)
        self._refuse("root_fields", sum(measure.names.values()), self.limits.root_fields)

    def fragment(self, name: str, *, nesting: int, sized: Sized = ()) -> _Measure:
        """The measure of a fragment, taken once, or once for each size of lists that is said above it."""
        key = (name, sized)
        measure = self.known.get(key)
        node = self.fragments.get(name)
        if measure is not None or node is None:
            return measure or _CIRCULAR
        self.known[key] = _CIRCULAR
        type_ = self.schema.get_type(node.type_condition.name.value)
        measure = self.known[key] = self.selections(node.selection_set, type_, nesting=nesting, sized=sized)
        measure.directives += len(node.directives or ())
        return measure

    def selections(
        self,
        node: SelectionSetNode | None,
        parent: GraphQLNamedType | None,
        *,
        nesting: int,
        sized: Sized = (),
    ) -> _Measure:
        """Raises _Exceeded as soon as what only grows is past its limit."""
        self._refuse("depth", nesting, MAX_NESTING)
        measure = _Measure()
        for selection in node.selections if node is not None else ():
            self._count(measure, selection, parent, nesting=nesting + 1, sized=sized)
            self._refuse("aliases", measure.aliases, self.limits.aliases)
            self._refuse("directives", measure.directives, self.limits.directives)
            self._refuse("fields", measure.fields, self.limits.fields)
            self._refuse("cost", measure.cost, self.limits.cost)
        return measure

    def _count(
        self,
        measure: _Measure,
        node: SelectionNode,
        parent: GraphQLNamedType | None,
        *,
        nesting: int,
        sized: Sized,
    ) -> None:
        measure.directives += len(_directives_of(node))
        match node:
            case FieldNode():
                self._count_field(measure, node, parent, nesting=nesting, sized=sized)
            case FragmentSpreadNode():
                self._count_beside(measure, self.fragment(node.name.value, nesting=nesting, sized=sized))
            case InlineFragmentNode():
                condition = node.type_condition
                type_ = self.schema.get_type(condition.name.value) if condition is not None else parent
                inner = self.selections(node.selection_set, type_, nesting=nesting, sized=sized)
                self._count_beside(measure, inner)
            case _:
                raise AssertionError("GraphQL has no other selection")

    def _count_beside(self, measure: _Measure, other: _Measure) -> None:
        measure.add(other)
        self._count_names(measure, other.names.items())

    def _count_field(
        self,
        measure: _Measure,
        node: FieldNode,
        parent: GraphQLNamedType | None,
        *,
        nesting: int,
        sized: Sized,
    ) -> None:
        definition = self._definition_of(parent, node.name.value)
        named = get_named_type(definition.type) if definition is not None else None
        below = sized_below(node, definition) if definition is not None else ()
        inner = self.selections(node.selection_set, named, nesting=nesting, sized=below)
        inner.depth += 1
        inner.fields += 1
        inner.aliases += node.alias is not None
        if node.name.value in _GROWING and parent is not None and parent.name.startswith("__"):
            inner.introspection_lists += 1
        if node.name.value in ("__schema", "__type"):
            self._close_introspection(inner)
        if parent is self.schema.mutation_type and parent is not None:
            measure.cost += MUTATION_COST
        if definition is not None and named is not None and not _is_introspection(named):
            inner.cost += cost_of(definition, named)
            measure.add(inner, times=size_of(node, definition, sized))
        else:
            measure.add(inner)
        self._count_names(measure, [((node.alias or node.name).value, 1)])

    def _close_introspection(self, inner: _Measure) -> None:
        """Introspection has limits of its own, and costs no calls."""
        self._refuse("introspection_depth", inner.depth, INTROSPECTION_DEPTH)
        self._refuse("introspection_lists", inner.introspection_lists, INTROSPECTION_LISTS)
        inner.depth, inner.cost = 1, 0

    def _count_names(self, measure: _Measure, names: Iterable[tuple[str, int]]) -> None:
        for name, count in names:
            total = measure.names[name] = measure.names.get(name, 0) + count
            self._refuse("same_response_name", total, self.limits.same_response_name)

    def _definition_of(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        if name == "__schema" or name == "__type":
            return self.schema.get_field(parent, name) if isinstance(parent, GraphQLObjectType) else None
        return (
            parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        )

    def _refuse(self, limit: str, value: int, maximum: int) -> None:
        if value > maximum:
            raise _Exceeded(limit, value, maximum)


def _directives_of(node: SelectionNode) -> tuple[DirectiveNode, ...]:
    return tuple(node.directives or ())


def _is_introspection(type_: GraphQLNamedType | None) -> bool:
    return type_ is not None and type_.name.startswith("__")
