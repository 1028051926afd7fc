"""A simple drawing of a model, so that editors of BPMN can open it: columns by distance from the start."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.flow.formats.bpmn_names import BPMNDI, DC, DI
from engine.flow.formats.xml_tree import XmlNode
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    Element,
    ElementKey,
    ExclusiveGateway,
    FlowModel,
    InclusiveGateway,
    ParallelGateway,
    ServiceTask,
    SubProcess,
    UserTask,
)

TASK, GATEWAY, EVENT = (100, 80), (50, 50), (36, 36)  # the sizes that editors give them
GAP_X, GAP_Y, MARGIN = 60, 40, 40


@dataclass(slots=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass(slots=True)
class _Layout:
    """Boxes of all elements in the plane; `size` of one scope is known before it is placed."""

    model: FlowModel
    inside: dict[ElementKey | None, list[Element]] = field(init=False)
    boxes: dict[ElementKey, Box] = field(default_factory=dict[ElementKey, Box])

    def __post_init__(self) -> None:
        self.inside = defaultdict(list)
        for element in self.model.elements.values():
            self.inside[element.parent].append(element)

    def place(self, parent: ElementKey | None, x: int, y: int) -> tuple[int, int]:
        """Places a scope's elements from this corner on; its width and height."""
        columns = self._columns([each for each in self.inside[parent] if not isinstance(each, BoundaryEvent)])
        left, bottom = x, y
        for column in columns:
            top, width = y, 0
            for element in column:
                size = self._place_one(element, left, top)
                width, top = max(width, size[0]), top + size[1] + GAP_Y
            left, bottom = left + width + GAP_X, max(bottom, top - GAP_Y)
        self._place_boundary(parent)
        return max(left - GAP_X - x, 0), max(bottom - y, 0)

    def _place_one(self, element: Element, x: int, y: int) -> tuple[int, int]:
        width, height = _size(element)
        self.boxes[element.key] = Box(x, y, width, height)  # before what lies in it, as it is drawn
        if isinstance(element, SubProcess):
            inner = self.place(element.key, x + MARGIN, y + MARGIN)
            width, height = max(width, inner[0] + 2 * MARGIN), max(height, inner[1] + 2 * MARGIN)
        self.boxes[element.key] = Box(x, y, width, height)
        return width, height

    def _place_boundary(self, parent: ElementKey | None) -> None:
        on_host: dict[ElementKey, int] = defaultdict(int)
        for element in self.inside[parent]:
            if isinstance(element, BoundaryEvent):
                host = self.boxes.get(element.attached_to, Box(MARGIN, MARGIN, *TASK))
                at = host.x + 10 + on_host[element.attached_to] * (EVENT[0] + 5)
                on_host[element.attached_to] += 1
                middle = host.y + host.height - EVENT[1] // 2
                self.boxes[element.key] = Box(at, middle, *EVENT)

    def _columns(self, elements: list[Element]) -> list[list[Element]]:
        """By the number of flows from where nothing leads in; loops do not count."""
        keys = {element.key for element in elements}
        rank: dict[ElementKey, int] = {}
        for first in [each for each in elements if not each.incoming] + elements:
            if first.key not in rank:
                rank[first.key] = 0
                self._rank_from(first.key, keys, rank)
        columns: dict[int, list[Element]] = defaultdict(list)
        for element in elements:
            columns[rank[element.key]].append(element)
        return [columns[at] for at in sorted(columns)]

    def _rank_from(self, first: ElementKey, keys: set[ElementKey], rank: dict[ElementKey, int]) -> None:
        waiting = [first]
        for key in waiting:
            for flow in self.model.elements[key].outgoing:
                target = self.model.flows[flow].target
                if target in keys and target not in rank:
                    rank[target] = rank[key] + 1
                    waiting.append(target)


def draw(model: FlowModel, ids: Mapping[ElementKey, str], process: str) -> XmlNode:
    layout = _Layout(model)
    layout.place(None, MARGIN, MARGIN)
    plane = _node(BPMNDI, "BPMNPlane", {"id": "paifang_plane", "bpmnElement": process})
    for key, box in layout.boxes.items():
        attributes = {"id": f"paifang_shape_{ids[key]}", "bpmnElement": ids[key]}
        if isinstance(model.elements[key], SubProcess):
            attributes["isExpanded"] = "true"
        plane.children.append(_node(BPMNDI, "BPMNShape", attributes, [_bounds(box)]))
    for source, box in layout.boxes.items():  # in the order of the drawing, whatever that of the model
        for key in model.elements[source].outgoing:
            target = layout.boxes.get(model.flows[key].target)
            if target is not None:
                points = [_point(x, y) for x, y in _way(box, target)]
                attributes = {"id": f"paifang_edge_{ids[key]}", "bpmnElement": ids[key]}
                plane.children.append(_node(BPMNDI, "BPMNEdge", attributes, points))
    return _node(BPMNDI, "BPMNDiagram", {"id": "paifang_diagram"}, [plane])


def _size(element: Element) -> tuple[int, int]:
    if isinstance(element, UserTask | ServiceTask | CallActivity | SubProcess):
        return TASK
    is_gateway = isinstance(element, ExclusiveGateway | ParallelGateway | InclusiveGateway)
    return GATEWAY if is_gateway else EVENT


def _way(source: Box, target: Box) -> list[tuple[int, int]]:
    """From the right side to the left one, with one step between."""
    start, end = (source.x + source.width, source.middle), (target.x, target.middle)
    half = (start[0] + end[0]) // 2
    return [start, end] if start[1] == end[1] else [start, (half, start[1]), (half, end[1]), end]


def _bounds(box: Box) -> XmlNode:
    places = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    return _node(DC, "Bounds", {name: str(value) for name, value in places.items()})


def _point(x: int, y: int) -> XmlNode:
    return _node(DI, "waypoint", {"x": str(x), "y": str(y)})


def _node(
    namespace: str, local: str, attributes: dict[str, str], children: Iterable[XmlNode] = ()
) -> XmlNode:
    return XmlNode(f"{{{namespace}}}{local}", attributes, list(children))
