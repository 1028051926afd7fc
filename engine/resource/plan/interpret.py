"""Interpret an operation's selections: collect fields per concrete type into wanted positions and outputs."""

from collections.abc import Mapping, Sequence

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)

from engine.resource.plan.arguments import compile_arguments
from engine.resource.plan.conditions import Conditions
from engine.resource.plan.wanted import TYPENAME, ObjectWants, Output, Position, Selected, Wanted

Grouped = dict[str, list[FieldNode]]


class Interpreter:
    """Walks one operation whose @skip/@include are decided; shares nothing between operations."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Conditions,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._conditions = conditions
        self.needs_whole_variables = False

    def root_fields(self, root: GraphQLObjectType, selection_set: SelectionSetNode) -> Grouped:
        """The root fields by response key, in response order."""
        grouped: Grouped = {}
        self._collect(root, selection_set, grouped, set())
        return grouped

    def select(
        self, position: Position, wants: ObjectWants, grouped: Grouped, *, serial: bool = False
    ) -> Selected:
        """Interpret `grouped` fields of one object type; serial: every response key is a field of its own."""
        definition = self._schema.get_type(wants.type_name)
        assert isinstance(definition, GraphQLObjectType), "outputs are collected per object type"
        outputs = tuple(
            self._output(key, nodes, definition, position, wants, serial=index + 1 if serial else 0)
            for index, (key, nodes) in enumerate(grouped.items())
        )
        return Selected(position=position, outputs={wants.type_name: outputs})

    def _output(
        self,
        key: str,
        nodes: Sequence[FieldNode],
        parent: GraphQLObjectType,
        position: Position,
        wants: ObjectWants,
        *,
        serial: int = 0,
    ) -> Output:
        node = nodes[0]
        if node.name.value == TYPENAME:
            return Output(key=key, wanted=None)
        wanted = self.want(wants, parent.fields[node.name.value], node, position, serial=serial)
        if wanted.child is None:
            return Output(key=key, wanted=wanted)
        sets = [n.selection_set for n in nodes if n.selection_set is not None]
        return Output(key=key, wanted=wanted, selected=self._select_objects(wanted.child, sets))

    def want(
        self, wants: ObjectWants, field: GraphQLField, node: FieldNode, position: Position, *, serial: int = 0
    ) -> Wanted:
        """The one `Wanted` of this field with these arguments, made when first asked for."""
        arguments = compile_arguments(field, node)
        self.needs_whole_variables |= arguments.whole
        name = node.name.value
        key = (name, f"{serial}:{arguments.key}")
        wanted = wants.fields.get(key)
        if wanted is None:
            wanted = Wanted(
                type_name=wants.type_name,
                name=name,
                arguments=arguments,
                declared=field.type,
                child=child_position(field, position, name),
                serial=serial,
            )
            wants.fields[key] = wanted
        return wanted

    def _select_objects(self, position: Position, sets: Sequence[SelectionSetNode]) -> Selected:
        outputs: dict[str, tuple[Output, ...]] = {}
        for concrete in self._object_types(position.declared):
            grouped: Grouped = {}
            visited: set[str] = set()
            for selection_set in sets:
                self._collect(concrete, selection_set, grouped, visited)
            wants = position.objects.setdefault(concrete.name, ObjectWants(type_name=concrete.name))
            outputs[concrete.name] = tuple(
                self._output(key, nodes, concrete, position, wants) for key, nodes in grouped.items()
            )
        return Selected(position=position, outputs=outputs)

    def _object_types(self, declared: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if isinstance(declared, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(declared)
        assert isinstance(declared, GraphQLObjectType), "only composite types have selections"
        return (declared,)

    def _collect(
        self,
        concrete: GraphQLObjectType,
        selection_set: SelectionSetNode,
        grouped: Grouped,
        visited: set[str],
    ) -> None:
        for selection in selection_set.selections:
            if not self._conditions.includes(selection):
                continue
            if isinstance(selection, FieldNode):
                key = (selection.alias or selection.name).value
                grouped.setdefault(key, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if condition is None or self._applies(condition.name.value, concrete):
                    self._collect(concrete, selection.selection_set, grouped, visited)
            else:
                self._collect_spread(concrete, selection, grouped, visited)

    def _collect_spread(
        self, concrete: GraphQLObjectType, spread: SelectionNode, grouped: Grouped, visited: set[str]
    ) -> None:
        assert isinstance(spread, FragmentSpreadNode), "the third kind of selection"
        name = spread.name.value
        if name in visited:
            return
        visited.add(name)
        fragment = self._fragments[name]
        if self._applies(fragment.type_condition.name.value, concrete):
            self._collect(concrete, fragment.selection_set, grouped, visited)

    def _applies(self, type_name: str, concrete: GraphQLObjectType) -> bool:
        if type_name == concrete.name:
            return True
        abstract = self._schema.get_type(type_name)
        return isinstance(abstract, GraphQLAbstractType) and self._schema.is_sub_type(abstract, concrete)


def child_position(field: GraphQLField, parent: Position, name: str) -> Position | None:
    """The position of a field's objects; None for leaves."""
    named = get_named_type(field.type)
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
        return None
    return Position(
        declared=named,
        path=(*parent.path, name),
        abstract=not isinstance(named, GraphQLObjectType),
    )
