"""Which resource fields a flow uses: so that publishing resources can be checked against deployed flows."""

from collections.abc import Iterator

from engine.flow.model import Call, Element, FlowModel, ServiceTask, UserTask
from engine.flow.ports import Resources


def uses_of(model: FlowModel, graph: Resources) -> frozenset[str]:
    """Coordinates such as `Order.buyer` of all its calls, reads and form options."""
    return frozenset(use for _, call in calls_of(model) for use in graph.describe(call).uses)


def calls_of(model: FlowModel) -> Iterator[tuple[str, Call]]:
    """Every operation of a model with the path of where it stands, such as `load/call` or `ask/form`."""
    for element in model.elements.values():
        yield from _calls_of(element)


def _calls_of(element: Element) -> Iterator[tuple[str, Call]]:
    for name, read in element.reads.items():
        yield f"{element.key}/reads/{name}", read.call
    if isinstance(element, ServiceTask) and element.call is not None:
        yield f"{element.key}/call", element.call
    if isinstance(element, ServiceTask | UserTask) and element.compensate is not None:
        yield f"{element.key}/compensate", element.compensate
