"""How an object is made from the entries of `{ … }`, and such objects from a whole list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value, kind_of

ORIGINS = {"$": "dollar", "@": "at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A path that begins with keys: `origin` is `$` or `@`, `rest` what follows the keys, if anything.

    `general` does all of it from the origin's value, whatever that is; the keys alone may be tried first.
    """

    origin: str
    keys: tuple[str, ...]
    rest: Step | None
    general: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A compiled entry; without a key its value is merged in."""

    key: str | None
    step: Step
    walk: Walk | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """`takes_any`: the entries make sense of a value that is no object."""

    members: tuple[Member, ...]
    takes_any: bool
    omit_missing: bool
    path: str

    def compile(self) -> Step:
        """Makes one object, `@` and `$` being what they are."""
        in_order = _in_order(self.members, omit_missing=self.omit_missing)
        if self.omit_missing or any(member.key is None for member in self.members):
            return in_order
        return _generated(self.members, in_order)

    def compile_list(self) -> Callable[[list[Any]], Value]:
        """Makes the objects of a list in one loop; missing unless entries are mere keys all items have."""
        plain = all(m.key is not None and m.walk is not None and m.walk.rest is None for m in self.members)
        return _generated_list(self.members) if self.members and plain else lambda _: MISSING


def select(maker: Maker, *, top: bool) -> Step:
    """The object made from a value; of a list, from each item. Null stays null.

    At the top an answer without a body may still give `ok: $(true)`, so there null can be made into an
    object if `takes_any`. A value of the wrong type is handed on: its reader will say what it wanted.
    """
    make, make_all, path, takes_any = maker.compile(), maker.compile_list(), maker.path, maker.takes_any

    def step(at: Json, _dollar: Json, run: Run) -> Value:
        if isinstance(at, dict):
            return make(at, at, run)
        if isinstance(at, list):
            made = make_all(at) if run.spend(len(at), path) else None
            return run.each(step, at, None, path) if made is MISSING else made
        if takes_any and (top or at is not None):
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


def _generated(members: tuple[Member, ...], in_order: Step) -> Step:
    """Python code of the object, three times as fast as a loop over its entries.

    All keys are read before anything else runs; where one is not there, `in_order` does the object anew.
    """
    reads: list[str] = []
    items: list[str] = []
    names: dict[str, Any] = {
        "MISSING": MISSING,
        "in_order": in_order,
    }  # what the code calls, by its name there
    for index, member in enumerate(members):
        value = f"v{index}"
        call = f"s{index}(at, dollar, run)"
        names[f"s{index}"] = member.step
        if member.walk is not None:
            reads.append(f"{value} = {ORIGINS[member.walk.origin]}{_subscripts(member.walk)}")
            names[f"s{index}"] = member.walk.rest
            call = f"s{index}({value}, dollar, run)"
        if member.walk is None or member.walk.rest is not None:
            value = f"None if ({value} := {call}) is MISSING else {value}"
        items.append(f"{member.key!r}: {value}")
    made = f"return {{{', '.join(items)}}}"
    guarded = f"""
    try:
        {"; ".join(reads)}
    except (KeyError, TypeError):
        return in_order(at, dollar, run)"""
    return _define(f"def made(at, dollar, run):{guarded if reads else ''}\n    {made}", names)


def _generated_list(members: tuple[Member, ...]) -> Callable[[list[Any]], Value]:
    items = ", ".join(f"{m.key!r}: item{_subscripts(m.walk)}" for m in members if m.walk is not None)
    code = f"""
def made(items):
    try:
        return [{{{items}}} for item in items]
    except (KeyError, TypeError):
        return MISSING"""
    return _define(code, {"MISSING": MISSING})


def _subscripts(walk: Walk) -> str:
    return "".join(f"[{key!r}]" for key in walk.keys)


def _define(code: str, names: dict[str, Any]) -> Callable[..., Value]:
    """The function `made` of the code, in which only string literals come from the mapping's author."""
    exec(compile(code, "<mapping>", "exec"), names)
    return names["made"]
