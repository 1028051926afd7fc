"""How an object is made from the entries of `{ … }`, and such objects from a whole list."""

from dataclasses import dataclass

from engine.resource.mapping.generate import Member, generate_list, generate_object
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value, kind_of


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
        return generate_object(self.members, in_order)


def select(maker: Maker, *, top: bool) -> Step:
    """The object made from a value; of a list, from each item. Null stays null.

    At the top an answer without a body may still give `ok: $(true)`, so there null can be made into an
    object if `takes_any`. A value of the wrong type is handed on: its reader will say what it wanted.
    """
    make, path, takes_any = maker.compile(), maker.path, maker.takes_any
    make_all = None if maker.omit_missing else generate_list(maker.members)

    def step(at: Json, _dollar: Json, run: Run) -> Value:
        if isinstance(at, dict):
            return make(at, at, run)
        if isinstance(at, list):
            if make_all is None or not run.spend(len(at), path):
                return run.each(step, at, None, path)
            made = make_all(at)
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
    parts = [(member.key, member.general) for member in members]

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
