"""When a join is entered, and with which of the tokens that wait at it."""

from collections.abc import Iterable

from engine.flow.compiled import CompiledFlow
from engine.flow.elements.contract import CompiledElement, Join
from engine.flow.instance import Instance, NodeId
from engine.flow.marking import Entry, open_nodes, take_tokens
from engine.flow.model import ElementKey


def join_parallel(instance: Instance, join: CompiledElement, scope: NodeId | None) -> Entry | None:
    """The entry, if every incoming flow has a token; one of each is taken."""
    arrived = {token.flow for token in instance.tokens if token.scope == scope}
    if not arrived.issuperset(join.incoming):
        return None
    return _entry(instance, join, scope)


def join_inclusive(instance: Instance, flow: CompiledFlow) -> Entry | None:
    """The entry of the first inclusive join whose tokens need wait no longer; asked when nothing else moves.

    BPMN 2.0 §13.4.3: a token elsewhere is waited for if it can come by an empty flow without passing the
    join, unless it can also come by one that has a token. Without that exception a loop around a block is a
    deadlock: a token that waits behind the join for its own could come to it again, on the next turn.
    """
    asked: set[tuple[ElementKey, NodeId | None]] = set()
    for token in instance.tokens:
        join = flow.elements[flow.model.flows[token.flow].target]
        place = (join.key, token.scope)
        if join.join is Join.INCLUSIVE and place not in asked:
            asked.add(place)
            if _is_complete(instance, flow, join, token.scope):
                return _entry(instance, join, token.scope)
    return None


def _is_complete(instance: Instance, flow: CompiledFlow, join: CompiledElement, scope: NodeId | None) -> bool:
    arrived = {token.flow for token in instance.tokens if token.scope == scope}
    awaited: set[ElementKey] = set()
    for key in join.incoming:
        if key not in arrived:
            awaited |= join.reach[key]
    for key in arrived.intersection(join.incoming):
        awaited -= join.plain_reach[key]  # a timer that may never fire excuses nobody
    return awaited.isdisjoint(_elements_with_tokens(instance, flow, join, scope))


def _elements_with_tokens(
    instance: Instance, flow: CompiledFlow, join: CompiledElement, scope: NodeId | None
) -> Iterable[ElementKey]:
    """Of one scope, leaving out those that wait at the join itself. A sub-process stands for all in it."""
    for node in open_nodes(instance, scope):
        yield node.element
    for token in instance.tokens:
        target = flow.model.flows[token.flow].target
        if token.scope == scope and target != join.key:
            yield target


def _entry(instance: Instance, join: CompiledElement, scope: NodeId | None) -> Entry:
    taken = take_tokens(instance, join.incoming, scope)
    return Entry(
        element=join.key,
        causes=tuple(token.source for token in taken),
        via=tuple(token.flow for token in taken),
        scope=scope,
    )
