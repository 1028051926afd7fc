"""Who may see what in one operation: the guard of each output, and for whom each step is run."""

from collections.abc import Iterator

from engine.resource.model import AccessRule, Registry
from engine.resource.plan.arguments import NO_ARGUMENTS, ArgumentReader
from engine.resource.plan.drafting import Drafting
from engine.resource.plan.drafts import Draft
from engine.resource.plan.steps import OPEN, Guard
from engine.resource.plan.wanted import ObjectWants, Position, Selected, Wanted

ROOTS = ("Query", "Mutation", "Subscription")


class Guards:
    """Decided per output. A step is run for an object if at least one output that needs it may be seen."""

    def __init__(self, registry: Registry, drafting: Drafting) -> None:
        self._registry = registry
        self._drafting = drafting
        self._of: dict[Wanted, Guard] = {}
        self._of_objects: dict[tuple[Position, str], Guard] = {}
        self._demand: dict[Draft | Wanted, dict[Guard, None]] = {}
        self._before: dict[Draft | Wanted, dict[Draft, None]] = {}
        self._parts: dict[tuple[Draft, Guard], None] = {}  # who needs the part that a call of a join gives

    def collect(self, selected: Selected) -> None:
        """Compute the guards of all outputs and spread them over the steps they need."""
        for type_name, outputs in selected.outputs.items():
            whole = self.of_object(selected.position, type_name)
            for output in outputs:
                if output.wanted is None:
                    continue
                self._spread(output.wanted, _both(whole, self.of(output.wanted)), set())
                if output.selected is not None:
                    self.collect(output.selected)

    def settle(self) -> None:
        """Spread over the calls of joins what is known of those who need their parts.

        Whoever may not see the joined field needs no part of it. Access decisions may need calls that
        nothing else does; those are drafted now.
        """
        done: set[tuple[Draft, Guard]] = set()
        while True:
            for call in self._drafting.settle():
                self._parts[call, OPEN] = None
            demands = [
                (call, _both(around, guard))
                for call, guard in self._parts
                if call.part_of is not None
                for around in self._demand.get(call.part_of, {OPEN: None})
            ]
            new = [demand for demand in demands if demand not in done]
            if not new:
                return
            for call, guard in new:
                done.add((call, guard))
                self._spread_call(call, guard, set())

    def of(self, wanted: Wanted) -> Guard:
        """What decides whether this field is written."""
        guard = self._of.get(wanted)
        if guard is None:
            guard = self._guard_of(wanted)
            self._of[wanted] = guard
        return guard

    def of_object(self, position: Position, type_name: str) -> Guard:
        """What decides whether an object that turned out to be of this type is written.

        Rules of a type that is known beforehand and that read no object are decided at the field instead.
        """
        guard = self._of_objects.get((position, type_name))
        if guard is None:
            guard = self._of_objects[position, type_name] = self._guard_of_object(position, type_name)
        return guard

    def _guard_of_object(self, position: Position, type_name: str) -> Guard:
        registered = self._registry.types.get(type_name)
        if registered is None or not registered.rules or type_name in ROOTS:
            return OPEN
        wants = position.objects[type_name]
        here = [rule for rule in registered.rules if position.abstract or rule.reads_this]
        return Guard(
            rules=tuple(rule.id for rule in here if not rule.reads_this),
            slots=tuple(
                self._decide(rule, wants, position, NO_ARGUMENTS).slot for rule in here if rule.reads_this
            ),
        )

    def demand_of(self, node: Draft | Wanted) -> tuple[Guard, ...]:
        """The guards of all outputs that need this step; empty if any of them is open to everybody."""
        guards = self._demand.get(node, {OPEN: None})
        return () if OPEN in guards else tuple(guards)

    def drafts_before(self, node: Draft | Wanted) -> tuple[Draft, ...]:
        """The access decisions that a step's demand reads."""
        return tuple(self._before.get(node, ())) if self.demand_of(node) else ()

    def slots_of_nested(self, wanted: Wanted) -> tuple[int, ...]:
        """Slots of per-object rules on a field that is read through its object by another type's field.

        Those of the object's own type are among them: who may not see the object may not see into it.
        """
        field = self._registry.field(wanted.type_name, wanted.name)
        owner = self._registry.types.get(wanted.type_name)
        rules = [(rule, wanted.arguments) for rule in (field.rules if field is not None else ())]
        rules += [(rule, NO_ARGUMENTS) for rule in (owner.rules if owner is not None else ())]
        wants, position = self._drafting.home_of(wanted)
        return tuple(
            self._decide(rule, wants, position, arguments).slot
            for rule, arguments in rules
            if rule.reads_this
        )

    def rule_ids(self) -> Iterator[int]:
        for guard in (*self._of.values(), *self._of_objects.values()):
            yield from guard.rules

    def _guard_of(self, wanted: Wanted) -> Guard:
        ruled = self._rules_deciding(wanted)
        if not ruled:
            return OPEN
        home, _ = self._drafting.home_of(wanted)
        rules: list[int] = []
        slots: list[int] = []
        for owner, rule in ruled:
            owner_home, position = self._drafting.home_of(owner)
            if not rule.reads_this:
                rules.append(rule.id)
            elif owner_home is home:
                slots.append(self._decide(rule, home, position, owner.arguments).slot)
        return Guard(rules=tuple(rules), slots=tuple(slots))

    def _rules_deciding(self, wanted: Wanted) -> tuple[tuple[Wanted, AccessRule], ...]:
        """The rules that decide a field: its own, or else those of everything it depends on.

        Each comes with the field it stands on. The rules of the object type a field returns are its own too.
        """
        return tuple(dict.fromkeys(self._rules_of(wanted, set())))

    def _rules_of(self, wanted: Wanted, seen: set[Wanted]) -> Iterator[tuple[Wanted, AccessRule]]:
        if wanted in seen:
            return
        seen.add(wanted)
        registered = self._registry.field(wanted.type_name, wanted.name)
        own = registered.rules if registered is not None else ()
        for rule in (*own, *self._type_rules(wanted)):
            yield wanted, rule
        if own:
            return
        supply = self._drafting.supplies[wanted]
        for dependency in supply.draft.inputs if supply.draft is not None else ():
            for needed in dependency.wanted:
                yield from self._rules_of(needed, seen)

    def _type_rules(self, wanted: Wanted) -> tuple[AccessRule, ...]:
        if wanted.child is None or wanted.child.abstract:
            return ()
        registered = self._registry.types.get(wanted.child.declared.name)
        return tuple(r for r in registered.rules if not r.reads_this) if registered is not None else ()

    def _decide(
        self, rule: AccessRule, wants: ObjectWants, position: Position, arguments: ArgumentReader
    ) -> Draft:
        draft = self._drafting.guard_draft(rule, wants, position, arguments)
        for dependency in draft.dependencies:
            for needed in dependency.wanted:
                self._spread(needed, OPEN, set())
        return draft

    def _spread(self, wanted: Wanted, guard: Guard, seen: set[Wanted]) -> None:
        """Record that everything this field needs is needed by an output under `guard`."""
        if wanted in seen:
            return
        seen.add(wanted)
        home, _ = self._drafting.home_of(wanted)
        draft = self._drafting.supplies[wanted].draft
        self._demanded(wanted, home, guard)
        if draft is not None:
            self._demanded(draft, home, guard)
            self._spread_call(draft.calls[0], guard, seen)
        for call in self._drafting.givers_of(wanted)[:1]:  # of an object in parts: its fields need the others
            for around in self._drafting.join_around(wanted)[1]:
                guard = _both(self.of(around), guard)
            self._parts[call, guard] = None

    def _spread_call(self, draft: Draft, guard: Guard, seen: set[Wanted]) -> None:
        """Record that a step, and everything it needs, is needed by an output under `guard`."""
        self._demanded(draft, draft.home, guard)
        for dependency in draft.dependencies:
            for needed in dependency.wanted:
                self._spread(needed, guard, seen)
            for nested in dependency.wanted[1:]:
                self.slots_of_nested(nested)

    def _demanded(self, node: Draft | Wanted, home: ObjectWants, guard: Guard) -> None:
        self._demand.setdefault(node, {})[guard] = None
        if guard.slots:  # the decisions per object that it reads, of those made at the same place
            deciding = {d: None for d in self._drafting.drafts.get(home, []) if d.slot in guard.slots}
            self._before.setdefault(node, {}).update(deciding)


def _both(whole: Guard, own: Guard) -> Guard:
    """Most objects and fields are open: the guard of the other is that of both then."""
    if whole is OPEN or own is OPEN:
        return own if whole is OPEN else whole
    return Guard(rules=whole.rules + own.rules, slots=whole.slots + own.slots)
