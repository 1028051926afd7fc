"""Compose the functions that read a dependency out of an object."""

from collections.abc import Callable, Sequence
from typing import cast

from engine.resource.outcome import MAPPING_ERROR, PENDING, Failure
from engine.resource.plan.drafts import Dependency, Supply
from engine.resource.plan.steps import Object, Read
from engine.resource.plan.wanted import Wanted

_MISFIT = Failure(MAPPING_ERROR, "the API's value does not fit the type of a field that this one depends on")


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
    for wanted, below in zip(dependency.wanted, reads[1:], strict=False):
        stub_key = wanted.child.stub_key if wanted.child is not None else ()
        read = _then(read, below, wanted.list_depth, stub_key)
    for key in dependency.rest:
        read = _then_plain(read, key)
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


def _guarded(read: Read, slots: Sequence[int]) -> Read:
    if not slots:
        return read

    def guarded(o: Object) -> object:
        for slot in slots:
            denial = o.get(slot, PENDING)
            if denial is not None:
                return denial
        return read(o)

    return guarded


def _then(first: Read, below: Read, list_depth: int, stub_key: tuple[str, ...]) -> Read:
    """Read on in the objects of a field; one failure among the members of a list is the answer."""

    def into(value: object, depth: int) -> object:
        if value is None or isinstance(value, Failure):
            return value
        if depth and type(value) is list:
            members = [into(member, depth - 1) for member in cast("list[object]", value)]
            return next((member for member in members if isinstance(member, Failure)), members)
        if not depth and type(value) is dict:
            found = cast("Object", value)
            return None if is_absent(found, stub_key) else below(found)
        return _MISFIT

    return lambda o: into(first(o), list_depth)


def is_absent(stub: Object, key: tuple[str, ...]) -> bool:
    """A stub one of whose key fields is null stands for nothing."""
    return bool(key) and any(stub.get(part) is None for part in key)


def _then_plain(first: Read, key: str) -> Read:
    """Read on in data whose type nobody declared: through lists, and null where there is no such key."""

    def into(value: object) -> object:
        if type(value) is dict:
            return cast("Object", value).get(key)
        if type(value) is list:
            return [into(member) for member in cast("list[object]", value)]
        return value if isinstance(value, Failure) else None

    return lambda o: into(first(o))
