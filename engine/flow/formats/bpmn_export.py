"""A model → BPMN 2.0 XML: what BPMN has a word for in BPMN, the rest in our namespace, and a drawing."""

import json
import re
from collections.abc import Callable, Mapping

from engine.flow.formats.bpmn_diagram import draw
from engine.flow.formats.bpmn_names import PREFIXES, STANDARD, TAGS, XSI, node, ours
from engine.flow.formats.conversion import JsonDict
from engine.flow.formats.xml_tree import XmlNode, XmlRefused, is_xml_text, parse_xml, write_xml
from engine.flow.model import (
    BoundaryEvent,
    Element,
    ElementKey,
    FlowModel,
    Json,
    JsonObject,
    SequenceFlow,
    SubProcess,
)
from engine.flow.writing import write_model

PROCESS = "paifang_process"
DRAWN = "bpmn"  # the key of `diagram` under which a drawing of BPMN is kept as it came
_ID = re.compile(r"[^\W\d][\w.-]*")
MAX_NESTING = 40  # of sub-processes; the checks allow 20
WriteCondition = Callable[[str], str]


def to_bpmn(model: FlowModel, *, condition: WriteCondition | None = None) -> str:
    """The document. `condition` writes conditions in the language of another engine; ours is kept beside it.

    Raises ValueError for a model whose sub-processes do not nest, which the checks refuse.
    """
    return write_xml(_Export(model, condition or (lambda text: text)).definitions(), PREFIXES)


class _Export:
    def __init__(self, model: FlowModel, condition: WriteCondition) -> None:
        self.model = model
        self.condition = condition
        self.ids = ids_of(model)
        self.roots: dict[tuple[str, str], XmlNode] = {}  # messages and errors, by kind and name
        written = write_model(model)
        listed = written.pop("elements")
        assert isinstance(listed, list), "a written model has a list of elements"
        self.whole = written
        self.written = {str(each["key"]): each for each in listed if isinstance(each, dict)}

    def definitions(self) -> XmlNode:
        _check_nesting(self.model)
        process = node("process", id=PROCESS, isExecutable="true")
        process.attributes[ours("format")] = "PAIFANG"
        drawings = drawings_of(self.model.diagram)
        if drawings:
            self.whole.pop("diagram")
        _extend(process, self.whole)
        self._fill(process, None)
        definitions = node("definitions", id="paifang_definitions", targetNamespace="urn:paifang:flow")
        drawings = drawings or [draw(self.model, self.ids, PROCESS)]
        definitions.children = [*self.roots.values(), process, *drawings]
        return definitions

    def _fill(self, container: XmlNode, parent: ElementKey | None) -> None:
        inside = [element for element in self.model.elements.values() if element.parent == parent]
        for element in inside:
            container.children.append(self._element(element))
        for element in inside:
            for key in element.outgoing:
                container.children.append(self._flow(self.model.flows[key]))

    def _element(self, element: Element) -> XmlNode:
        written = self.written[element.key]
        kind = str(written["type"])
        result = node(TAGS[kind], id=self.ids[element.key])
        carried = {name: value for name, value in written.items() if name not in STANDARD}
        self._name(result, element.key, element.name, carried)
        self._refer(result, "default", written.get("default"), "default", carried)
        if kind == "callActivity":
            self._text(result, "calledElement", str(written["flow"]), "flow", carried)
        if isinstance(element, BoundaryEvent):
            self._refer(result, "attachedToRef", element.attached_to, "attachedTo", carried)
            result.attributes["cancelActivity"] = "true" if element.interrupting else "false"
        definitions = self._definitions(written, carried)
        _documented(result, element.origin, carried)
        _extend(result, carried)
        for side, keys in (("incoming", element.incoming), ("outgoing", element.outgoing)):
            result.children += [node(side, text=self.ids[key]) for key in keys]
        if kind == "subProcess":
            self._fill(result, element.key)
        result.children += [*_loop(written), *definitions]
        return result

    def _refer(self, result: XmlNode, attribute: str, value: Json, key: str, carried: JsonDict) -> None:
        """To another element or flow, by its id; what the model does not have is carried along."""
        if isinstance(value, str) and value in self.ids:
            result.attributes[attribute] = self.ids[ElementKey(value)]
        elif value is not None:
            carried[key] = value

    def _definitions(self, written: JsonDict, carried: JsonDict) -> list[XmlNode]:
        """What an event waits for, or does."""
        found: list[XmlNode] = []
        is_timer = written["type"] in ("timerCatchEvent", "boundaryEvent")
        for key, tag in (("duration", "timeDuration"), ("until", "timeDate")) if is_timer else ():
            if isinstance(text := written.get(key), str):
                carried.pop(key, None)
                timer = node("timerEventDefinition")
                timer.children.append(_beside(tag, text, text, key, carried))
                found.append(timer)
        if isinstance(message := written.get("message"), str):
            found.append(node("messageEventDefinition", messageRef=self._root("message", message)))
        if isinstance(code := written.get("error"), str):
            reference = None if code == "*" else self._root("error", code)
            found.append(node("errorEventDefinition", errorRef=reference))
        if written.get("terminate"):
            found.append(node("terminateEventDefinition"))
        return found

    def _root(self, kind: str, name: str) -> str:
        """The id of the message or error of this name, which stands beside the process."""
        if (kind, name) not in self.roots:
            attribute = "name" if kind == "message" else "errorCode"
            root = node(kind, id=f"paifang_{kind}_{len(self.roots) + 1}")
            carried: JsonDict = {}
            self._text(root, attribute, name, "name", carried)
            _extend(root, carried)
            self.roots[kind, name] = root
        return self.roots[kind, name].attributes["id"]

    def _flow(self, flow: SequenceFlow) -> XmlNode:
        written = self.written[flow.key]
        ends = {"sourceRef": self.ids[flow.source], "targetRef": self.ids[flow.target]}
        result = node("sequenceFlow", id=self.ids[flow.key], **ends)
        carried = {name: value for name, value in written.items() if name not in STANDARD}
        self._name(result, flow.key, flow.name, carried)
        _documented(result, flow.origin, carried)
        expressions: list[XmlNode] = []
        if flow.condition is not None:
            text = self.condition(flow.condition)
            expressions = [_beside("conditionExpression", text, flow.condition, "condition", carried)]
        _extend(result, carried)
        result.children += expressions
        return result

    def _name(self, result: XmlNode, key: ElementKey, name: str | None, carried: JsonDict) -> None:
        if self.ids[key] != key:
            carried["key"] = key
        if name is not None:
            self._text(result, "name", name, "name", carried)

    def _text(self, result: XmlNode, attribute: str, value: str, key: str, carried: JsonDict) -> None:
        """As the attribute of BPMN; beside it in ours where XML cannot hold it."""
        if is_xml_text(value):
            result.attributes[attribute] = value
        else:
            carried[key] = value


def _loop(written: JsonDict) -> list[XmlNode]:
    """That it runs several times, and how often, for engines that do not know our `over`."""
    if written.get("over") is None:
        return []
    sequential = "true" if written.get("mode") == "sequential" else "false"
    loop = node("multiInstanceLoopCharacteristics", isSequential=sequential)
    loop.children.append(_expression("loopCardinality", f"size({written['over']})"))
    return [loop]


def _beside(tag: str, text: str, ours_: str, key: str, carried: JsonDict) -> XmlNode:
    """An expression as text, beside which ours is kept where the text would not be read as it."""
    if text != ours_ or text != text.strip() or not is_xml_text(text):
        carried[key] = ours_
    return _expression(tag, text)


def _expression(tag: str, text: str) -> XmlNode:
    expression = node(tag, text=text if is_xml_text(text) else "")
    expression.attributes[f"{{{XSI}}}type"] = "bpmn:tFormalExpression"
    return expression


def _extend(result: XmlNode, carried: Mapping[str, Json]) -> None:
    """What BPMN has no word for."""
    extension = node("extensionElements")
    for name, value in carried.items():
        if isinstance(value, str) and is_xml_text(value):
            result.attributes[ours(name)] = value
        else:
            extension.children.append(XmlNode(ours(name), text=json.dumps(value)))
    if extension.children:
        result.children.append(extension)


def _documented(result: XmlNode, origin: JsonObject, carried: JsonDict) -> None:
    """Documentation goes back to where it stood when the model came from BPMN."""
    texts = origin.get("documentation")
    if isinstance(texts, list) and all(isinstance(text, str) and is_xml_text(text) for text in texts):
        result.children += [node("documentation", text=str(text)) for text in texts]
        rest: JsonDict = {name: value for name, value in origin.items() if name != "documentation"}
        carried.pop("origin")
        if rest:
            carried["origin"] = rest


def drawings_of(diagram: Json) -> list[XmlNode]:
    """The drawings of a model that came from BPMN; none if it came from elsewhere."""
    text = diagram.get(DRAWN) if isinstance(diagram, dict) and len(diagram) == 1 else None
    if not isinstance(text, str):
        return []
    try:
        root = parse_xml(text)
    except XmlRefused:
        return []
    return root.children if write_xml(root, PREFIXES) == text else []


def ids_of(model: FlowModel) -> dict[ElementKey, str]:
    """Every key as an id of XML: the key itself where it is one."""
    keys = [*model.elements, *model.flows]
    ids = {key: str(key) for key in keys if _ID.fullmatch(key) and not key.startswith("paifang_")}
    others = [key for key in keys if key not in ids]
    return ids | {key: f"paifang_id_{at}" for at, key in enumerate(others, start=1)}


def _check_nesting(model: FlowModel) -> None:
    for element in model.elements.values():
        parent, depth = element.parent, 0
        while parent is not None:
            depth += 1
            if parent not in model.elements or depth > MAX_NESTING:
                raise ValueError(f"{element.key}: its sub-processes do not nest")
            if not isinstance(model.elements[parent], SubProcess):
                raise ValueError(f"{element.key}: its parent is no sub-process")
            parent = model.elements[parent].parent
