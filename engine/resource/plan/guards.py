"""Who may see what in one operation: the guard of each output, and for whom each step is run."""

from collections.abc import Iterator

from engine.resource.model import AccessRule, Registry
from engine.resource.plan.arguments import NO_ARGUMENTS, ArgumentReader
from engine.resource.plan.drafting import Draft, Drafting
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

    def collect(self, selected: Selected) -> None:
        """Compute the guards of all outputs and spread them over the steps they need."""
        for type_name, outputs in selected.outputs.items():
            whole = self.of_object(selected.position, type_name)
            for output in outputs:
                if output.wanted is None:
                    continue
                own = self.of(output.wanted)
                self._spread(output.wanted, _both(whole, own), set())
                if output.selected is not None:
                    self.collect(output.selected)

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
        ruled = self._drafting.rules_of(wanted)
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
        supply = self._drafting.supplies[wanted]
        deciding = self._deciding(wanted, guard)
        for node in (wanted, supply.draft):
            if node is not None:
                self._demand.setdefault(node, {})[guard] = None
                if deciding:
                    self._before.setdefault(node, {}).update(deciding)
        for dependency in supply.draft.dependencies if supply.draft is not None else ():
            for needed in dependency.wanted:
                self._spread(needed, guard, seen)
            for nested in dependency.wanted[1:]:
                self.slots_of_nested(nested)

    def _deciding(self, wanted: Wanted, guard: Guard) -> dict[Draft, None]:
        """The decisions per object that a guard reads, of those at this field's home."""
        if not guard.slots:
            return {}
        home, _ = self._drafting.home_of(wanted)
        return {draft: None for draft in self._drafting.drafts.get(home, []) if draft.slot in guard.slots}


def _both(whole: Guard, own: Guard) -> Guard:
    """Most objects and fields are open: the guard of the other is that of both then."""
    if whole is OPEN or own is OPEN:
        return own if whole is OPEN else whole
    return Guard(rules=whole.rules + own.rules, slots=whole.slots + own.slots)
