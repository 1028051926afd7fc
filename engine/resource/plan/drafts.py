"""What drafting makes of an operation: drafts of steps, what they depend on, where each field is read."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.resource.model import AccessRule, Connector, EntityConnector, Value
from engine.resource.plan.arguments import ArgumentReader
from engine.resource.plan.parts import Division, Parts, choose
from engine.resource.plan.shapes import View
from engine.resource.plan.wanted import ObjectWants, Position, Wanted


@dataclass(slots=True, eq=False, kw_only=True)
class Dependency:
    """A path into the parent that a draft needs: the wanted fields along it; `rest` goes into plain data."""

    path: tuple[str, ...]
    wanted: tuple[Wanted, ...]
    rest: tuple[str, ...] = ()
    through_child: bool = False  # a field along the path is filled by a step of the child position


@dataclass(slots=True, eq=False, kw_only=True)
class Draft:
    """A step to be: a call, a value, an access decision or a join at one object type of one position."""

    slot: int
    home: ObjectWants
    position: Position
    wanted: Wanted | None = None  # the field it fills; None for an entity, which fills many
    connector: Connector | None = None
    entity: EntityConnector | None = None
    value: Value | None = None
    rule: AccessRule | None = None
    join: "Join | None" = None
    part_of: "Draft | None" = None  # the join that a call is made for
    arguments: ArgumentReader | None = None
    dependencies: list[Dependency] = field(default_factory=list[Dependency])
    view: View = field(default_factory=lambda: View(None))
    fills: list[str] = field(default_factory=list[str])  # coordinates

    @property
    def calls(self) -> tuple["Draft", ...]:
        """The calls whose answers a join puts together; of anything else itself."""
        return (self,) if self.join is None else tuple(self.join.calls.values())

    @property
    def inputs(self) -> Iterator[Dependency]:
        """What it depends on, itself or by the calls that it joins."""
        for draft in self.calls:
            yield from draft.dependencies


@dataclass(slots=True, eq=False, kw_only=True)
class Join:
    """A field that several connectors give: `view` gathers what is needed of it, `calls` who is asked.

    `calls` are in the order in which they were found to be needed, the leading one first.
    """

    connectors: tuple[Connector, ...]
    costs: tuple[int, ...]
    parts: Parts
    view: View
    calls: dict[int, Draft] = field(default_factory=dict[int, Draft])

    def lacking(self) -> tuple[int, ...]:
        """The connectors that have to be called besides those that are."""
        return choose(self.parts.choices(self.view.needs), self.costs, tuple(self.calls))

    def divide(self) -> Division:
        return self.parts.divide(self.view.needs, tuple(self.calls))

    def givers_of(self, path: tuple[str, ...]) -> tuple[Draft, ...]:
        """The calls that give what stands at a path below the field."""
        return tuple(self.calls[index] for index in self.divide().givers_of(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Where the value of a wanted field is read: in the object, in a slot, or in an entity's slot."""

    draft: Draft | None
    name: str | None  # the key in the object, or in the entity; None: the slot is the value
