"""What came for a node that FAILED: kept in its `state` as JSON, for the retry to go on from."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import cast

from engine.flow.elements.signals import (
    Called,
    ChildEnded,
    Committed,
    Entered,
    Fired,
    Received,
    ScopeEmptied,
    Signal,
)
from engine.flow.instance import NodeInstance
from engine.flow.model import Json

_PENDING = "pending"
_SIGNALS: Mapping[str, Callable[..., Signal]] = {
    kind.__name__: kind for kind in (Called, ChildEnded, Committed, Entered, Fired, Received, ScopeEmptied)
}


def keep_pending(node: NodeInstance, signal: Signal) -> None:
    kept = cast("list[Json]", node.state.get(_PENDING, []))
    one: list[Json] = [type(signal).__name__, cast("Json", asdict(signal))]
    node.state = {**node.state, _PENDING: [*kept, one]}


def take_pending(node: NodeInstance) -> list[Signal]:
    """In the order they came; `Entered` where nothing did, or where a called instance has to run anew."""
    kept = cast("list[tuple[str, dict[str, Json]]]", node.state.get(_PENDING, []))
    node.state = {key: value for key, value in node.state.items() if key != _PENDING}
    signals = [_SIGNALS[name](**values) for name, values in kept]
    return signals if signals and not node.state.get("failed") else [Entered(), *signals]
