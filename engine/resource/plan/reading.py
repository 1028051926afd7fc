"""Compose the functions that read a dependency out of an object."""

from collections.abc import Callable, Sequence
from typing import cast

from engine.resource.outcome import PENDING, Failure
from engine.resource.plan.drafting import Dependency, Supply
from engine.resource.plan.steps import Object, Read
from engine.resource.plan.wanted import Wanted


def read_supply(supply: Supply) -> Read:
    """Read a field from where its supply put it; a slot nobody filled yet is PENDING."""
    name = supply.name
    if supply.draft is None:
        assert name is not None, "plain data has a name"
        return lambda o: o.get(name)
    slot = supply.draft.slot
    if name is None:
        return lambda o: o.get(slot, PENDING)

    def read_entity(o: Object) -> object:
        entity = o.get(slot, PENDING)
        return entity.get(name) if type(entity) is dict else entity  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] # JSON

    return read_entity


def read_dependency(
    dependency: Dependency,
    supply_of: Callable[[Wanted], Supply],
    guards_of: Callable[[Wanted], Sequence[int]],
) -> Read:
    """Read along a dependency's path: lists are read member by member, a denial on the way is the answer."""
    reads = [_guarded(read_supply(supply_of(w)), guards_of(w)) for w in dependency.wanted]
    read = reads[0]
    for below in reads[1:]:
        read = _then(read, below)
    for key in dependency.rest:
        read = _then(read, _plain(key))
    if dependency.wanted[-1].child is not None and not dependency.rest:
        whole = read
        return lambda o: without_slots(whole(o))
    return read


def without_slots(value: object) -> object:
    """An object as its provider gave it: what steps added under integer keys left out."""
    if type(value) is dict:
        members = cast("Object", value)
        return {name: without_slots(member) for name, member in members.items() if type(name) is str}
    if type(value) is list:
        return [without_slots(member) for member in cast("list[object]", value)]
    return value


def _plain(key: str) -> Read:
    return lambda o: o.get(key)


def _guarded(read: Read, slots: Sequence[int]) -> Read:
    if not slots:
        return read

    def guarded(o: Object) -> object:
        for slot in slots:
            denial = o.get(slot)
            if denial is not None:
                return denial
        return read(o)

    return guarded


def _then(first: Read, below: Read) -> Read:
    def into(value: object) -> object:
        if type(value) is dict:
            return below(value)  # pyright: ignore[reportUnknownArgumentType] # an object of the plan
        if type(value) is list:
            return [into(member) for member in value]  # pyright: ignore[reportUnknownVariableType] # JSON
        return value if isinstance(value, Failure) else None

    return lambda o: into(first(o))
