"""Fast forms of objects whose entries mostly read keys: Python code, or for wide ones what C brings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from engine.resource.generated import Literals, define
from engine.resource.mapping.nodes import CURRENT, SUBJECT
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value

MAX_GENERATED = 8  # members of one generated object: compiling its code takes some 15 µs for each
ORIGINS = {CURRENT: "dollar", SUBJECT: "at"}  # the argument of the generated function that holds it
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

    def code(self, origin: str, literals: Literals) -> str:
        """An expression that reads the keys, or raises one of REFUSED."""
        if self.is_lenient:
            return f"{origin}.get({literals.add(self.keys[0])})"
        return origin + "".join([f"[{literals.add(key)}]" for key in self.keys])


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A compiled entry; without a key its value is merged in. `members`: of an object that is its value."""

    key: str | None
    step: Step
    walk: Walk | None
    members: tuple["Member", ...] = ()

    @property
    def general(self) -> Step:
        """What makes it where trying its keys first has failed already."""
        if self.walk is None:
            return self.step
        general = self.walk.general
        if self.walk.origin == SUBJECT:
            return general
        return lambda _at, dollar, run: general(dollar, dollar, run)

    @property
    def column(self) -> str | None:
        """The one key of `$` that it reads and that must be there, if it begins so."""
        walk = self.walk
        if walk is None or walk.origin != CURRENT or walk.is_lenient:
            return None
        key, *further = walk.keys
        return None if further else key


def generate_object(members: tuple[Member, ...], in_order: Step) -> Step:
    """Makes the object of the members, all of which have keys.

    All keys are read before anything else runs; where that fails, `in_order` makes the object instead.
    """
    if len(members) > MAX_GENERATED:
        return _wide_object(members, in_order)
    reads: list[str] = []
    items: list[str] = []
    literals = Literals()
    names: dict[str, Any] = {"MISSING": MISSING, "REFUSED": REFUSED, "in_order": in_order}
    for index, member in enumerate(members):
        value, walk = f"v{index}", member.walk
        step, argument = member.step, "at"
        if walk is not None:
            reads.append(f"{value} = {walk.code(ORIGINS[walk.origin], literals)}")
            step, argument = walk.rest, value
        if walk is None or not walk.is_read:
            names[f"s{index}"] = step
            value = f"None if ({value} := s{index}({argument}, dollar, run)) is MISSING else {value}"
        items.append(f"{literals.add(str(member.key))}: {value}")
    guarded = f"""
    try:
        {"; ".join(reads)}
    except REFUSED:
        return in_order(at, dollar, run)"""
    made = f"return {{{', '.join(items)}}}"
    return define(f"def made(at, dollar, run):{guarded if reads else ''}\n    {made}", names, literals)


def _wide_object(members: tuple[Member, ...], in_order: Step) -> Step:
    """The same without code of its own: the columns are read at once, what else there is one by one."""
    columns = [(str(member.key), member.column) for member in members if member.column is not None]
    if len(columns) <= 1:
        return in_order
    names = [name for name, _ in columns]
    read = itemgetter(*[column for _, column in columns])
    nothing = dict.fromkeys([str(member.key) for member in members])
    further = list(_further(members))

    def make(at: Json, dollar: Any, run: Run) -> Value:  # Any: tried on whatever is there
        try:
            values = read(dollar)
        except REFUSED:
            return in_order(at, dollar, run)
        made: dict[str, Json] = nothing | dict(zip(names, values, strict=True))
        for key, step, is_column in further:
            value = step(made[key] if is_column else at, dollar, run)
            made[key] = None if value is MISSING else value
        return made

    return make


def _further(members: tuple[Member, ...]) -> Iterator[tuple[str, Step, bool]]:
    """What there is to do once the columns are read, and whether it goes on from one."""
    for member in members:
        if member.column is None:
            yield str(member.key), member.general, False
        elif member.walk is not None and member.walk.rest is not None:
            yield str(member.key), member.walk.rest, True


def generate_plain(members: tuple[Member, ...]) -> Callable[[Any], Value] | None:
    """Makes one object whose members only read keys; None for other members, and for wide objects.

    Raises one of REFUSED where reading fails.
    """
    literals = Literals()
    item = _item_code(members, literals) if len(members) <= MAX_GENERATED else None
    return None if item is None else define(f"def made(item):\n    return {item}", {}, literals)


def generate_list(members: tuple[Member, ...]) -> Callable[[list[Any]], Value] | None:
    """Makes the objects of a list whose members only read keys, in one loop; None for other members.

    Missing is returned if reading fails for any item.
    """
    literals = Literals()
    item = _item_code(members, literals)
    if item is None:
        return None
    code = f"""
def made(items):
    try:
        return [{item} for item in items]
    except REFUSED:
        return MISSING"""
    return define(code, {"MISSING": MISSING, "REFUSED": REFUSED}, literals)


def _item_code(members: tuple[Member, ...], literals: Literals) -> str | None:
    """An object of members that only read keys of `item`, and of objects of such."""
    pairs: list[str] = []
    for member in members:
        if member.walk is not None:
            value = member.walk.code("item", literals) if member.walk.is_read else None
        else:
            value = _item_code(member.members, literals)
        if member.key is None or value is None:
            return None
        pairs.append(f"{literals.add(member.key)}: {value}")
    return f"{{{', '.join(pairs)}}}" if pairs else None
