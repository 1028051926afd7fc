"""The model as one graph: sub-processes opened up, boundary events behind what they guard."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from engine.flow.model import BoundaryEvent, Element, ElementKey, EndEvent, FlowModel, StartEvent, SubProcess
from engine.flow.reach import reachable_from

Edges = Mapping[ElementKey, Sequence[ElementKey]]


class FlowGraph:
    """Nodes are elements, and beside each sub-process with a start its way out, `box/exit`."""

    def __init__(self, model: FlowModel) -> None:
        self._model = model
        self.successors: dict[ElementKey, list[ElementKey]] = defaultdict(list)
        self.inside: dict[ElementKey | None, list[Element]] = defaultdict(list)  # by the parent
        for element in model.elements.values():
            self.inside[element.parent].append(element)
        self._opened = {
            element.parent for element in model.elements.values() if isinstance(element, StartEvent)
        }
        for element in model.elements.values():
            self._add(element)
        for flow in model.flows.values():
            self.successors[self.leaves_by(flow.source)].append(flow.target)
        self.predecessors: dict[ElementKey, list[ElementKey]] = defaultdict(list)
        for source, targets in self.successors.items():
            for target in targets:
                self.predecessors[target].append(source)

    def leaves_by(self, key: ElementKey) -> ElementKey:
        """The node behind which an element's outgoing flows begin."""
        is_box = isinstance(self._model.elements[key], SubProcess) and key in self._opened
        return ElementKey(f"{key}/exit") if is_box else key

    def _add(self, element: Element) -> None:
        key, parent = element.key, element.parent
        if isinstance(element, StartEvent) and parent is not None:
            self.successors[parent].append(key)
        if isinstance(element, BoundaryEvent) and element.attached_to in self._model.elements:
            self.successors[element.attached_to].append(key)
        in_box = parent is not None and parent in self._opened and parent in self._model.elements
        if parent is not None and in_box and not element.outgoing:
            self.successors[self.leaves_by(key)].append(self.leaves_by(parent))

    @property
    def starts(self) -> list[ElementKey]:
        return [element.key for element in self.inside[None] if isinstance(element, StartEvent)]

    @property
    def ends(self) -> list[ElementKey]:
        return [element.key for element in self.inside[None] if isinstance(element, EndEvent)]

    def reached(self, starts: Iterable[ElementKey], *, without: ElementKey | None = None) -> set[ElementKey]:
        """What a token can come to from the starts, themselves among it, without entering `without`."""
        found = {key for key in starts if key != without}
        waiting = list(found)
        while waiting:
            for key in self.successors.get(waiting.pop(), ()):
                if key not in found and key != without:
                    found.add(key)
                    waiting.append(key)
        return found

    def reaching(self, ends: Iterable[ElementKey]) -> set[ElementKey]:
        return set(reachable_from(ends, self.predecessors))
