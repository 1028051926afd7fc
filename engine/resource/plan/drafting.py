"""Preprocess: find how each wanted field gets its value, and add everything it depends on, transitively."""

from graphql import FieldNode, GraphQLInterfaceType, GraphQLObjectType, NameNode

from engine.resource.model import AccessRule, Connector, EntityConnector, Field, Registry
from engine.resource.plan.arguments import ArgumentReader
from engine.resource.plan.drafts import Dependency, Draft, Join, Supply
from engine.resource.plan.interpret import Interpreter
from engine.resource.plan.parts import Parts
from engine.resource.plan.reach import Reach
from engine.resource.plan.shapes import View, gives
from engine.resource.plan.wanted import ObjectWants, Position, Wanted


class Drafting:
    """Resolves one operation. After `resolve`, `supplies` and `drafts` are complete.

    What is wanted of a field with several connectors is known last: `settle` then drafts the calls it takes.
    """

    def __init__(self, registry: Registry, interpreter: Interpreter) -> None:
        self._registry = registry
        self._interpreter = interpreter
        self.supplies: dict[Wanted, Supply] = {}
        self.drafts: dict[ObjectWants, list[Draft]] = {}
        self._guards: dict[tuple[ObjectWants, int, str], Draft] = {}
        self._views: dict[Position, View] = {}
        self._homes: dict[Wanted, tuple[ObjectWants, Position]] = {}
        self._resolved: set[Position] = set()
        self._joins: list[Draft] = []
        self._joined: dict[Position, tuple[Join, tuple[Wanted, ...]]] = {}  # and the fields on the way there
        self._slots = 0

    # ------------------------------------------------------------------ resolve
    def resolve(self, position: Position, view: View) -> None:
        """Resolve everything wanted at a position and below; the provider there gives `view`."""
        self._views[position] = view
        self._resolved.add(position)
        if position.abstract:
            view.need_typename()
        for wants in tuple(position.objects.values()):
            for wanted in tuple(wants.fields.values()):
                self._supply(wanted, wants, position)
        for wants in tuple(position.objects.values()):
            for wanted in tuple(wants.fields.values()):
                self._descend(wanted)

    def _descend(self, wanted: Wanted) -> None:
        child = wanted.child
        if child is not None and child not in self._resolved:
            self.resolve(child, self._views.get(child) or self._child_view(wanted))

    def _child_view(self, wanted: Wanted) -> View:
        supply = self.supplies[wanted]
        if supply.draft is None:
            _, position = self._homes[wanted]
            assert supply.name is not None, "plain data has a name"
            view = self._views[position].need_object(supply.name, wanted.type_name)
            self._recognise_stub(wanted, view)
            if position in self._joined and wanted.child is not None:
                join, way = self._joined[position]
                self._joined[wanted.child] = join, (*way, wanted)
            return view
        if supply.name is not None:
            view = supply.draft.view.need_object(supply.name, wanted.type_name)
            self._recognise_stub(wanted, view)
            return view
        if supply.draft.join is not None and wanted.child is not None:
            self._joined[wanted.child] = supply.draft.join, ()
        return supply.draft.view

    def _recognise_stub(self, wanted: Wanted, view: View) -> None:
        """Objects that a mapping makes of a type which can be filled by key are stubs."""
        child = wanted.child
        if child is None or child.abstract or view.shape is None:
            return
        name = child.declared.name
        if not self._registry.entities.get(name):
            return
        for key in self._registry.types[name].keys:
            if all(view.has(part, name) for part in key):
                child.stub_key = key
                for part in key:
                    view.need_leaf(part)
                return

    def _supply(self, wanted: Wanted, wants: ObjectWants, position: Position) -> Supply:
        """How this field gets its value. Registered dependencies are acyclic (checked at publish)."""
        if wanted in self.supplies:
            return self.supplies[wanted]
        self._homes[wanted] = (wants, position)
        registered = self._registry.field(wanted.type_name, wanted.name)
        view = self._views[position]
        if registered is not None and registered.value is not None:
            supply = Supply(draft=self._draft_value(registered, wanted, wants, position), name=None)
        elif view.has(wanted.name, wanted.type_name) and not (
            view.shape is None and registered is not None and registered.connectors
        ):
            if wanted.child is None:
                view.need_leaf(wanted.name)
            supply = Supply(draft=None, name=wanted.name)
        elif registered is not None and registered.connectors:
            supply = Supply(draft=self._draft_connected(registered, wanted, wants, position), name=None)
        else:
            supply = self._supply_by_entity(wanted, wants, position)
        self.supplies[wanted] = supply
        return supply

    def _supply_by_entity(self, wanted: Wanted, wants: ObjectWants, position: Position) -> Supply:
        draft = self._entity_draft(wanted, wants, position)
        if draft is None:  # no provider: null data, which a check refuses unless the field is nullable
            return Supply(draft=None, name=wanted.name)
        if wanted.child is None:
            draft.view.need_leaf(wanted.name)
        draft.fills.append(wanted.coordinate)
        return Supply(draft=draft, name=wanted.name)

    # ------------------------------------------------------------------ drafts
    def _new_draft(self, wants: ObjectWants, position: Position, **parts: object) -> Draft:
        self._slots += 1
        draft = Draft(slot=self._slots, home=wants, position=position, **parts)  # pyright: ignore[reportArgumentType] # Draft's own fields
        self.drafts.setdefault(wants, []).append(draft)
        return draft

    def _draft_value(
        self, registered: Field, wanted: Wanted, wants: ObjectWants, position: Position
    ) -> Draft:
        value = registered.value
        assert value is not None, "the caller looked"
        draft = self._new_draft(
            wants,
            position,
            wanted=wanted,
            value=value,
            arguments=wanted.arguments,
            fills=[wanted.coordinate],
        )
        if value.expression is not None:
            paths = sorted(path[1:] for path in value.expression.paths if path[0] == "this")
            draft.dependencies = [self._depend(path, wants, position) for path in paths if path]
        return draft

    def _draft_connected(
        self, registered: Field, wanted: Wanted, wants: ObjectWants, position: Position
    ) -> Draft:
        """The call of a field; of several connectors the cheapest, or a join of those that will be needed."""
        if len(registered.connectors) == 1:
            return self._draft_call(registered.connectors[0], wanted, wants, position)
        able = self._reach(wants.type_name, position).able(registered.connectors)
        if wanted.child is None:
            connector, _ = min(able, key=lambda each: each[1])
            return self._draft_call(connector, wanted, wants, position)
        shapes = [connector.selection.shape for connector, _ in able]
        parts = Parts.of(wanted.declared, shapes, self._registry.types)
        join = Join(
            connectors=tuple(connector for connector, _ in able),
            costs=tuple(cost for _, cost in able),
            parts=parts,
            view=View(parts.shape),
        )
        draft = self._new_draft(
            wants, position, wanted=wanted, join=join, view=join.view, fills=[wanted.coordinate]
        )
        self._joins.append(draft)
        return draft

    def finish(self) -> None:
        """Divide what is wanted of each join among its calls; one that took a single call is none."""
        for draft in self._joins:
            join, wanted = draft.join, draft.wanted
            assert join is not None, "only joins are listed"
            assert wanted is not None, "joins fill a field"
            division = join.divide()
            for index, call in join.calls.items():
                call.view = View(call.view.shape, division.needs_of(index) or {})
            if len(join.calls) == 1:
                self.drafts[draft.home].remove(draft)
                self.supplies[wanted] = Supply(draft=draft.calls[0], name=None)

    def settle(self) -> list[Draft]:
        """Draft the calls that joins lack for what is wanted by now, and what those depend on."""
        added: list[Draft] = []
        before = -1
        while len(added) > before:
            before = len(added)
            for draft in tuple(reversed(self._joins)):  # those below may read what those above give
                assert draft.join is not None, "only joins are listed"
                assert draft.wanted is not None, "joins fill a field"
                for index in draft.join.lacking():
                    connector = draft.join.connectors[index]
                    call = self._draft_call(connector, draft.wanted, draft.home, draft.position)
                    call.part_of = draft
                    draft.join.calls[index] = call
                    added.append(call)
        return added

    def givers_of(self, wanted: Wanted) -> tuple[Draft, ...]:
        """The calls of a join that give a field of what is put together; none for any other field."""
        if not self._joined:  # most operations: this is asked of every field
            return ()
        join, way = self.join_around(wanted)
        if join is None or self.supplies[wanted].draft is not None:
            return ()
        return join.givers_of((*(each.name for each in way), wanted.name))

    def join_around(self, wanted: Wanted) -> tuple[Join | None, tuple[Wanted, ...]]:
        """The join that a field's object is a part of, and the fields between the two."""
        return self._joined.get(self._homes[wanted][1], (None, ()))

    def _draft_call(
        self, connector: Connector, wanted: Wanted, wants: ObjectWants, position: Position
    ) -> Draft:
        draft = self._new_draft(
            wants,
            position,
            wanted=wanted,
            connector=connector,
            arguments=wanted.arguments,
            view=View(connector.selection.shape),
            fills=[wanted.coordinate],
        )
        draft.dependencies = [self._depend(path, wants, position) for path in sorted(connector.this_paths)]
        return draft

    def _entity_draft(self, wanted: Wanted, wants: ObjectWants, position: Position) -> Draft | None:
        """The draft that fills this type by key at this position; one for all fields of one connector."""
        for entity in self._registry.entities.get(wanted.type_name, ()):
            if not gives(entity.connector.selection.shape, wanted.type_name, wanted.name):
                continue
            for draft in self.drafts.get(wants, []):
                if draft.entity is entity:
                    return draft
            if self._reach(wants.type_name, position).fills(entity):
                return self._new_entity_draft(entity, wants, position)
        return None

    def _reach(self, type_name: str, position: Position) -> Reach:
        view = self._views[position]
        return Reach(registry=self._registry, type_name=type_name, has=lambda name: view.has(name, type_name))

    def _new_entity_draft(self, entity: EntityConnector, wants: ObjectWants, position: Position) -> Draft:
        draft = self._new_draft(
            wants,
            position,
            connector=entity.connector,
            entity=entity,
            view=View(entity.connector.selection.shape),
        )
        paths = {(key,) for key in entity.keys} if entity.arguments else entity.connector.this_paths
        draft.dependencies = [self._depend(path, wants, position) for path in sorted(paths)]
        for key in entity.connector.batch.keys if entity.connector.batch else ():
            draft.view.need_leaf(key[0])
        return draft

    # ------------------------------------------------------------------ dependencies
    def _depend(self, path: tuple[str, ...], wants: ObjectWants, position: Position) -> Dependency:
        """Want what stands at `path` below objects of this type; nested objects through hidden fields."""
        wanted = self._want_hidden(path[0], wants, position)
        self._supply(wanted, wants, position)
        if wanted.child is None:
            return Dependency(path=path, wanted=(wanted,), rest=path[1:])
        view = self._views.setdefault(wanted.child, self._child_view(wanted))
        if wanted.child.abstract:
            view.need_typename()
        if len(path) == 1:
            view.need_everything()
            return Dependency(path=path, wanted=(wanted,))
        declared = wanted.child.declared
        if not isinstance(declared, GraphQLObjectType):
            return Dependency(path=path, wanted=(wanted,), rest=path[1:])
        child_wants = wanted.child.objects.setdefault(declared.name, ObjectWants(type_name=declared.name))
        below = self._depend(path[1:], child_wants, wanted.child)
        nested = self.supplies[below.wanted[0]]
        return Dependency(
            path=path,
            wanted=(wanted, *below.wanted),
            rest=below.rest,
            through_child=below.through_child or nested.draft is not None,
        )

    def _want_hidden(self, name: str, wants: ObjectWants, position: Position) -> Wanted:
        definition = self._registry.schema.get_type(wants.type_name)
        assert isinstance(definition, GraphQLObjectType | GraphQLInterfaceType), "objects have fields"
        node = FieldNode(name=NameNode(value=name))
        return self._interpreter.want(wants, definition.fields[name], node, position)

    def guard_draft(
        self, rule: AccessRule, wants: ObjectWants, position: Position, arguments: ArgumentReader
    ) -> Draft:
        """The draft that decides, per object, a rule that reads it."""
        key = (wants, rule.id, arguments.key)
        draft = self._guards.get(key)
        if draft is None:
            assert rule.when is not None, "only conditions read the object"
            draft = self._new_draft(wants, position, rule=rule, arguments=arguments)
            self._guards[key] = draft
            paths = sorted(path[1:] for path in rule.when.paths if path[0] == "this" and path[1:])
            draft.dependencies = [self._depend(path, wants, position) for path in paths]
        return draft

    def home_of(self, wanted: Wanted) -> tuple[ObjectWants, Position]:
        return self._homes[wanted]
