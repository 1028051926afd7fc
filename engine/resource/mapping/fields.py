"""How an object is made from the entries of `{ … }`, fast for plain ones and lists of them."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A compiled entry; `plain` is the property it hands on unchanged, if that is all; no key: merged in."""

    key: str | None
    plain: str | None
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """`takes_any`: the entries make sense of a value that is no object."""

    members: tuple[Member, ...]
    takes_any: bool
    omit_missing: bool
    path: str

    @property
    def make(self) -> Step:
        """Makes one object: the value at hand and `$` as they come."""
        members = self.members
        if self.omit_missing or any(member.key is None for member in members):
            return _in_order(members, omit_missing=self.omit_missing)
        return _by_template(members)


def select(maker: Maker, *, top: bool) -> Step:
    """The object made from a value; of a list, from each item. Null stays null.

    At the top an answer without a body may still give `ok: $(true)`, so there null can be made into an
    object if `takes_any`. A value of the wrong type is handed on: its reader will say what it wanted.
    """
    make, many, path, takes_any = maker.make, _many(maker.members), maker.path, maker.takes_any

    def step(at: Json, _dollar: Json, run: Run) -> Value:
        if isinstance(at, list):
            made = many(at)
            return run.each(step, at, None, path) if made is MISSING else made
        if isinstance(at, dict) or (takes_any and (top or at is not None)):
            return make(at, at, run)
        if at is not None:
            run.note(f"a {kind_of(at)} is here where an object is expected", path)
        return at

    return step


def spread_of(value: Step, *, explicit: bool, path: str) -> Step:
    """A value to merge: an object, null (explicit), or nothing."""

    def step(at: Json, dollar: Json, run: Run) -> Value:
        found = value(at, dollar, run)
        if found is MISSING or isinstance(found, dict):
            return found
        if found is None:
            return None if explicit else MISSING
        return run.note(f"a {kind_of(found)} cannot be merged into an object", path)

    return step


def _many(members: tuple[Member, ...]) -> Callable[[list[Json]], Value]:
    """Objects of plain properties for a whole list in one loop; missing where any item is special."""
    keys = [member.key for member in members if member.key is not None]
    names = [member.plain for member in members if member.plain is not None]
    if not members or len(names) != len(members) or len(keys) != len(members):
        return lambda _: MISSING
    read: Callable[[Any], Any] = itemgetter(*names)  # tried on whatever the items are
    only = keys[0] if len(keys) == 1 else None

    def many(items: list[Any]) -> Value:
        try:
            if only is not None:
                return [{only: read(item)} for item in items]
            return [dict(zip(keys, read(item), strict=True)) for item in items]
        except (KeyError, TypeError):
            return MISSING

    return many


def _by_template(members: tuple[Member, ...]) -> Step:
    """All keys present in written order, null where nothing is found."""
    template: dict[str, Json] = dict.fromkeys([member.key for member in members if member.key is not None])
    steps = [(member.key, member.step) for member in members if member.key is not None]

    def make(at: Json, dollar: Json, run: Run) -> Value:
        made = template.copy()
        for key, step in steps:
            value = step(at, dollar, run)
            if value is not MISSING:
                made[key] = value
        return made

    return make


def _in_order(members: tuple[Member, ...], *, omit_missing: bool) -> Step:
    """Entries and merged objects one after the other, the later one winning a key."""
    parts = [(member.key, member.step) for member in members]

    def make(at: Json, dollar: Json, run: Run) -> Value:
        made: dict[str, Json] = {}
        for key, step in parts:
            value = step(at, dollar, run)
            if key is not None:
                if value is not MISSING:
                    made[key] = value
                elif not omit_missing:
                    made[key] = None
            elif isinstance(value, dict):
                made.update(value)
            elif value is None:
                return None
        return made

    return make
