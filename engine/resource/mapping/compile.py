"""Syntax tree → closures: the mapping decided once, not once per item.

Every closure takes the value at hand (`@`), the value of the closest braces (`$`) and the run. What a
plan does not need is not compiled. Plain keys, key paths and lists of plain objects have fast forms;
these hand over to the general form at the first surprise, which then tells what the surprise was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.resource.mapping.fields import Maker, select, spread_of
from engine.resource.mapping.generate import Member, Walk
from engine.resource.mapping.methods import METHODS, Site
from engine.resource.mapping.nodes import (
    CURRENT,
    SUBJECT,
    Bind,
    Call,
    Entry,
    Fallback,
    Fields,
    Guard,
    Key,
    ListLiteral,
    Literal,
    Node,
    Path,
    Read,
)
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value, settle

Needs: TypeAlias = Mapping[str, "Needs | None"]
"""The output keys that are wanted; None stands for everything below."""

Frozen: TypeAlias = frozenset[tuple[str, "Frozen | None"]]
KnownMembers: TypeAlias = dict[tuple[int, Frozen | None, bool], Member]
"""Compiled entries by identity, needs below and `omit_missing`; the entries live as long as this does."""
MAX_KNOWN = 512  # of one mapping: there are as many needs below an entry as sets of its keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """`omit_missing`: keys without a value are left out (request bodies) instead of null (answers).

    `known`: members made before for the same mapping, which operations share.
    """

    omit_missing: bool
    known: "KnownMembers"

    def node(self, node: Node, needs: Needs | None, path: str) -> Step:
        match node:
            case Literal(value=value):
                return lambda _at, _dollar, _run: value
            case Read(name=name):
                return _read(name, path)
            case ListLiteral(items=items):
                return _list([self.node(item, needs, path) for item in items])
            case Fields():
                return self.maker(node, needs, path).compile()
            case Fallback(operands=operands, only_missing=only_missing):
                return _fallback([self.node(each, needs, path) for each in operands], only_missing)
            case Path():
                return self.path(node, needs, path)

    def top(self, node: Node, needs: Needs | None) -> Step:
        """The whole mapping: bare entries apply to the answer, and to each item if it is a list."""
        if isinstance(node, Fields):
            return select(self.maker(node, needs, ""), top=True)
        return self.node(node, needs, "")

    # -- objects -----------------------------------------------------------------------------------

    def maker(self, fields: Fields, needs: Needs | None, path: str) -> Maker:
        wanted = [entry for entry in fields.entries if _is_wanted(entry, needs)]
        return Maker(
            members=tuple(self._member(entry, needs, path) for entry in wanted),
            takes_any=takes_any(fields),
            omit_missing=self.omit_missing,
            path=path,
        )

    def _member(self, entry: Entry, needs: Needs | None, path: str) -> Member:
        if entry.key is None:
            step = spread_of(self.node(entry.value, needs, path), explicit=entry.explicit, path=path)
            return Member(key=None, step=step, walk=None)
        below = None if needs is None else needs[entry.key]
        inner = f"{path}.{entry.key}" if path else entry.key
        place = (id(entry), _frozen(below), self.omit_missing)
        member = self.known.get(place)
        if member is None:
            member = self._keyed_member(entry, entry.key, below, inner)
            if len(self.known) < MAX_KNOWN:
                self.known[place] = member
        return member

    def _keyed_member(self, entry: Entry, key: str, below: Needs | None, inner: str) -> Member:
        if isinstance(entry.value, Fields):
            maker = self.maker(entry.value, below, inner)
            return Member(key=key, step=maker.compile(), walk=None, members=maker.members)
        walk = self.walk(entry.value, below, inner) if isinstance(entry.value, Path) else None
        step = self.node(entry.value, below, inner) if walk is None else _quick(walk)
        return Member(key=key, step=step, walk=walk)

    # -- paths -------------------------------------------------------------------------------------

    def path(self, node: Path, needs: Needs | None, path: str) -> Step:
        walk = self.walk(node, needs, path)
        if walk is not None:
            return _quick(walk)
        return _then(self.node(node.head, None, path), self._rest(node, 0, needs, path))

    def walk(self, node: Path, needs: Needs | None, path: str) -> Walk | None:
        """The path as keys and a rest, if it starts so from `$` or `@`."""
        keys = _leading_keys(node)
        if not keys or not isinstance(node.head, Read) or node.head.name not in (CURRENT, SUBJECT):
            return None
        rest = self._rest(node, len(keys), needs, path)
        general = rest
        for key in reversed(keys):
            general = _key(key, general, path)
        return Walk(
            origin=node.head.name,
            keys=tuple(key.name for key in keys),
            rest=None if rest is _identity else rest,
            general=general,
            is_lenient=node.fields is None and keys[0].optional and _only_guards(node.steps[1:]),
        )

    def _rest(self, node: Path, start: int, needs: Needs | None, path: str) -> Step:
        """The steps from `start` on and the selection; needs reach only what gives the result."""
        rest = _identity
        if node.fields is not None:
            rest, needs = select(self.maker(node.fields, needs, path), top=False), None
        for step in reversed(node.steps[start:]):
            match step:
                case Guard():
                    rest = _guard(rest)
                case Bind():
                    bound = None if step.value is None else self.node(step.value, None, path)
                    rest = _bind(step.name, bound, rest)
                case Key():
                    rest, needs = _key(step, rest, path), None
                case Call():
                    rest, needs = _then(self._call(step, needs, path), rest), None
        return rest

    def _call(self, call: Call, needs: Needs | None, path: str) -> Step:
        method = METHODS[call.method]
        outputs = range(len(call.args))[method.outputs]
        args = tuple(
            self.node(arg, needs if index in outputs else None, path) for index, arg in enumerate(call.args)
        )
        return method.build(Site(method=call.method, args=args, nodes=call.args, path=path))


def _frozen(needs: Needs | None) -> Frozen | None:
    return None if needs is None else frozenset((key, _frozen(below)) for key, below in needs.items())


def takes_any(fields: Fields) -> bool:
    """Whether the entries can be made from a value that is no object: `ids { id: $ }`, `{ ok: $(true) }`."""
    entries = fields.entries
    return not entries or any(e.key != "__typename" and not _reads_key(e.value) for e in entries)


def _reads_key(node: Node) -> bool:
    match node:
        case Path(head=Read(name=name), steps=steps) if name in (CURRENT, SUBJECT):
            return bool(steps) and isinstance(steps[0], Key)
        case Path(head=head):
            return _reads_key(head)
        case Fallback(operands=operands):
            return all(map(_reads_key, operands[:1]))
        case Fields():
            return not takes_any(node)
        case ListLiteral(items=items):
            return any(map(_reads_key, items))
        case Literal() | Read():
            return False


def _is_wanted(entry: Entry, needs: Needs | None) -> bool:
    """What is merged in always runs: it has many keys, and null makes the whole object null."""
    return needs is None or entry.key is None or entry.key in needs


def _only_guards(steps: tuple[object, ...]) -> bool:
    return all(isinstance(step, Guard) for step in steps)


def _leading_keys(node: Path) -> tuple[Key, ...]:
    keys: list[Key] = []
    for step in node.steps:
        if not isinstance(step, Key):
            break
        keys.append(step)
    return tuple(keys)


# -- the closures ----------------------------------------------------------------------------------


def _identity(at: Json, _dollar: Json, _run: Run) -> Value:
    return at


def _read(name: str, path: str) -> Step:
    if name == SUBJECT:
        return _identity
    if name == CURRENT:
        return lambda _at, dollar, _run: dollar

    def step(_at: Json, _dollar: Json, run: Run) -> Value:
        value = run.variables.get(name, MISSING)
        return run.note(f"{name} has no value here", path) if value is MISSING else value

    return step


def _list(items: list[Step]) -> Step:
    return lambda at, dollar, run: [settle(item(at, dollar, run)) for item in items]


def _fallback(operands: list[Step], only_missing: bool) -> Step:
    *tries, last = operands

    def step(at: Json, dollar: Json, run: Run) -> Value:
        silent = run.silent()
        for attempt in tries:
            value = attempt(at, dollar, silent)
            if value is not MISSING and (only_missing or value is not None):
                return value
        return last(at, dollar, run)

    return step


def _quick(walk: Walk) -> Step:
    """`a.b.c` where each step meets an object that has the key; else the general form from the start."""
    from_subject, keys, rest, general = walk.origin == SUBJECT, walk.keys, walk.rest, walk.general

    def step(at: Json, dollar: Json, run: Run) -> Value:
        origin = at if from_subject else dollar
        value: Any = origin  # subscripting is tried on whatever is there; what refuses it raises
        try:
            for key in keys:
                value = value[key]
        except (KeyError, TypeError):
            return general(origin, dollar, run)
        return value if rest is None else rest(value, dollar, run)

    return step


def _key(key: Key, rest: Step, path: str) -> Step:
    """A property; of a list, that of each item: what follows then works on the list of them."""
    name, optional = key.name, key.optional
    absent = f"property {name!r} is missing"

    def pick(at: Json, dollar: Json, run: Run) -> Value:
        if isinstance(at, dict):
            value = at.get(name, MISSING)
            if value is not MISSING:
                return value
        elif isinstance(at, list):
            values = run.read_each(name, at)
            return run.each(pick, at, dollar, path) if values is None else values
        return MISSING if optional else run.note(absent, path)

    return _then(pick, rest)


def _guard(rest: Step) -> Step:
    return lambda at, dollar, run: MISSING if at is None else rest(at, dollar, run)


def _then(call: Step, rest: Step) -> Step:
    if rest is _identity:
        return call

    def step(at: Json, dollar: Json, run: Run) -> Value:
        value = call(at, dollar, run)
        return MISSING if value is MISSING else rest(value, dollar, run)

    return step


def _bind(name: str, value: Step | None, rest: Step) -> Step:
    def step(at: Json, dollar: Json, run: Run) -> Value:
        bound = at if value is None else settle(value(at, dollar, run))
        return rest(at, dollar, run.bind(name, bound))

    return step
