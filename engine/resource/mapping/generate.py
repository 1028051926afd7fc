"""Python code for objects whose entries mostly read keys: several times as fast as a loop over them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.resource.generated import define
from engine.resource.mapping.run import Step
from engine.resource.mapping.values import MISSING, Value

ORIGINS = {"$": "dollar", "@": "at"}  # the argument of the generated function that holds it
REFUSED = (KeyError, TypeError, AttributeError)  # reading a key that is absent, or of what is no object


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A path that begins with keys: `origin` is `$` or `@`, `rest` what follows the keys, if anything.

    `general` does all of it from the origin's value, whatever that is; the keys alone may be tried first.
    `is_lenient`: it is nothing but one key marked `?`, so that a missing one is null.
    """

    origin: str
    keys: tuple[str, ...]
    rest: Step | None
    general: Step
    is_lenient: bool

    @property
    def is_read(self) -> bool:
        """Whether reading the keys is all there is to it."""
        return self.rest is None or self.is_lenient

    def code(self, origin: str) -> str:
        """An expression that reads the keys, or raises one of REFUSED."""
        if self.is_lenient:
            return f"{origin}.get({self.keys[0]!r})"
        return origin + "".join(f"[{key!r}]" for key in self.keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A compiled entry; without a key its value is merged in."""

    key: str | None
    step: Step
    walk: Walk | None


def generate_object(members: tuple[Member, ...], in_order: Step) -> Step:
    """Makes the object of the members, all of which have keys.

    All keys are read before anything else runs; where that fails, `in_order` makes the object instead.
    """
    reads: list[str] = []
    items: list[str] = []
    names: dict[str, Any] = {"MISSING": MISSING, "REFUSED": REFUSED, "in_order": in_order}
    for index, member in enumerate(members):
        value, walk = f"v{index}", member.walk
        step, argument = member.step, "at"
        if walk is not None:
            reads.append(f"{value} = {walk.code(ORIGINS[walk.origin])}")
            step, argument = walk.rest, value
        if walk is None or not walk.is_read:
            names[f"s{index}"] = step
            value = f"None if ({value} := s{index}({argument}, dollar, run)) is MISSING else {value}"
        items.append(f"{member.key!r}: {value}")
    guarded = f"""
    try:
        {"; ".join(reads)}
    except REFUSED:
        return in_order(at, dollar, run)"""
    made = f"return {{{', '.join(items)}}}"
    return define(f"def made(at, dollar, run):{guarded if reads else ''}\n    {made}", names)


def generate_list(members: tuple[Member, ...]) -> Callable[[list[Any]], Value] | None:
    """Makes the objects of a list whose members only read keys, in one loop; None for other members.

    Missing is returned if reading fails for any item.
    """
    walks = [
        (member.key, member.walk) for member in members if member.walk is not None and member.walk.is_read
    ]
    if not members or len(walks) < len(members):
        return None
    items = ", ".join(f"{key!r}: {walk.code('item')}" for key, walk in walks)
    code = f"""
def made(items):
    try:
        return [{{{items}}} for item in items]
    except REFUSED:
        return MISSING"""
    return define(code, {"MISSING": MISSING, "REFUSED": REFUSED})
