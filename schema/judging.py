"""Would an operation run on another registry?"""

from collections.abc import Callable, Sequence

from engine.resource.model import Registry
from resolvers.operations.ports import Judge, OperationForm
from schema.graph import DocumentLimits, Graph, Visibility
from schema.operation import OperationRefused
from schema.operation_form import form_of

EVERYTHING = Visibility()  # what is hidden from some is told of by its rule, not by what they ask for


class GraphJudge:
    """Implements the use cases' `Judge` on one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def refusals(self, text: str) -> Sequence[str]:
        try:
            self._graph.operation(EVERYTHING, text, None)
        except OperationRefused as refused:
            return [error.message for error in refused.errors]
        return ()

    def form(self, text: str) -> OperationForm:
        return form_of(self._graph.operation(EVERYTHING, text, None))


def judging_with(limits: DocumentLimits) -> Callable[[Registry], Judge]:
    return lambda registry: GraphJudge(Graph(registry, limits))
