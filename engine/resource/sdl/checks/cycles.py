"""No field needs itself: neither by $this in a request, nor by an expression, a condition or a key."""

from collections.abc import Iterator, Sequence

from engine.expr import Expression
from engine.resource.model import Connector, EntityConnector, Field, Registry, Value
from engine.resource.sdl.checks.positions import Position, Several, Walk
from engine.resource.sdl.findings import Findings

Node = tuple[Position, str]
Path = tuple[str, ...]


def check_cycles(walk: Walk, _: Registry, findings: Findings) -> None:
    state: dict[Node, bool] = {}  # True while it is being followed, False when it is done
    reported: set[frozenset[str]] = set()
    for position in walk.positions:
        for name in position.supplies:
            if (position, name) not in state:
                for cycle in _follow((position, name), state):
                    _report(cycle, reported, findings)


def _follow(start: Node, state: dict[Node, bool]) -> Iterator[Sequence[Node]]:
    """Depth first, without recursion: chains of fields can be long."""
    way: list[Node] = [start]
    waiting: list[Iterator[Node]] = [fields_needed(start)]
    state[start] = True
    while way:
        needed = next(waiting[-1], None)
        if needed is None:
            state[way.pop()] = False
            waiting.pop()
        elif needed not in state:
            state[needed] = True
            way.append(needed)
            waiting.append(fields_needed(needed))
        elif state[needed]:
            yield way[way.index(needed) :]


def _report(cycle: Sequence[Node], reported: set[frozenset[str]], findings: Findings) -> None:
    fields = [position.owner.fields[name] for position, name in cycle]
    members = frozenset(field.coordinate for field in fields)
    if members in reported:
        return
    reported.add(members)
    first = min(range(len(fields)), key=lambda i: _order(fields[i]))
    fields = [*fields[first:], *fields[:first]]
    way = " → ".join(field.coordinate for field in [*fields, fields[0]])
    last = fields[-1].coordinate
    findings.add(
        "DEPENDENCY_CYCLE",
        f"{way}: each needs the next, so none can be fetched first"
        if len(fields) > 1
        else f"{way}: it needs itself",
        fields[0].place,
        path=fields[0].coordinate,
        suggestion=f"Break it at one of them: let {last} not read {fields[0].coordinate}, "
        "or give one of them in the selection that makes the object",
    )


def _order(field: Field) -> tuple[str, int, int]:
    return field.place.module, field.place.line, field.place.column


def fields_needed(node: Node) -> Iterator[Node]:
    """The fields that one field at one position needs, nested ones included."""
    position, name = node
    for path in sorted(_paths(position, name)):
        yield from _along(position, path)
    for rule in position.owner.fields[name].rules:
        for path in sorted(paths_of(rule.when)):
            if path[0] != name:  # a condition may look at the very field that it guards
                yield from _along(position, path)


def _paths(position: Position, name: str) -> set[Path]:
    supply = position.supplies[name]
    match supply:
        case Value():
            return paths_of(supply.expression)
        case Connector():
            return set(supply.this_paths)
        case Several():
            return {path for connector in supply.connectors for path in connector.this_paths}
        case EntityConnector():
            return {(key,) for key in supply.keys} if supply.arguments else set(supply.connector.this_paths)
        case _:
            return set()


def paths_of(expression: Expression | None) -> set[Path]:
    """The paths below `this` that an expression reads."""
    if expression is None:
        return set()
    return {path[1:] for path in expression.paths if path[0] == "this" and path[1:]}


def _along(position: Position, path: Path) -> Iterator[Node]:
    if path[0] not in position.supplies:
        return  # reported as unknown
    yield position, path[0]
    for child in position.children.get(path[0], ()) if path[1:] else ():
        yield from _along(child, path[1:])
