"""BPMN 2.0 XML → format PAIFANG: elements that ours has are converted, all others are named."""

import orjson

from engine.flow.formats.bpmn_diagram import draw
from engine.flow.formats.bpmn_events import ALLOWED, EventReader
from engine.flow.formats.bpmn_export import DRAWN, PROCESS
from engine.flow.formats.bpmn_names import BPMN, BPMNDI, OURS, PREFIXES, bpmn, node, ours
from engine.flow.formats.bpmn_notes import Notes, named
from engine.flow.formats.conversion import Imported, JsonDict
from engine.flow.formats.turbo_conditions import Untranslatable, to_cel
from engine.flow.formats.xml_tree import XmlNode, XmlRefused, parse_xml, write_xml
from engine.flow.model import ElementKey, Json
from engine.flow.reading import read_model
from engine.problem import Problem

SAME = {  # names that both have
    *("userTask", "serviceTask", "callActivity", "subProcess", *ALLOWED),
    *("exclusiveGateway", "inclusiveGateway", "parallelGateway"),
}
FLOW_NODES = {  # the others that tokens pass: leaving one out would change what runs
    *("task", "sendTask", "receiveTask", "scriptTask", "manualTask", "businessRuleTask", "transaction"),
    *("adHocSubProcess", "complexGateway", "eventBasedGateway", "intermediateThrowEvent"),
}
KNOWN = {  # attributes that are read, or that say nothing about a run
    *("id", "name", "default", "calledElement", "attachedToRef", "cancelActivity", "sourceRef"),
    *("targetRef", "gatewayDirection", "isSequential", "isInterrupting", "triggeredByEvent"),
    *("isExecutable", "processType", "isClosed"),
}
USUAL = {  # attributes that say nothing while they have this value
    "triggeredByEvent": "false",
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "isImmediate": "true",
    "parallelMultiple": "false",
}
PARTS = {"incoming", "outgoing", "extensionElements", "documentation", "conditionExpression"}
STRUCTURE = {"type", "parent", "incoming", "outgoing", "source", "target"}
LOOP, ENDLESS = "multiInstanceLoopCharacteristics", "standardLoopCharacteristics"


def from_bpmn(xml: object) -> Imported:
    """The document, a text, as JSON of ours. Never raises."""
    notes = Notes()
    if not isinstance(xml, str):
        problem = Problem(code="NOT_XML", message="a model in BPMN is a text of XML")
        return Imported(json=None, problems=[problem])
    try:
        root = parse_xml(xml)
    except XmlRefused as refused:
        message = f"the text cannot be read as XML: {refused.message}"
        problem = Problem(code="NOT_XML", message=message, line=refused.line, column=refused.column)
        return Imported(json=None, problems=[problem])
    process = _process(root, notes)
    converted = None if process is None else _Conversion(root, notes).convert(process)
    return Imported(json=converted, problems=notes.found)


def _process(root: XmlNode, notes: Notes) -> XmlNode | None:
    """The one process of the document, or the one of several that says it is executable."""
    processes = list(root.named(bpmn("process"))) if root.name == bpmn("definitions") else []
    executable = [each for each in processes if each.attributes.get("isExecutable") == "true"]
    chosen = processes if len(processes) == 1 else executable
    if len(chosen) == 1:
        for each in processes:
            if each is not chosen[0]:
                notes.ignored("a process that is not executable", each, None)
        return chosen[0]
    found = f"{len(processes)} processes, {len(executable)} of them executable" if processes else "no process"
    notes.not_bpmn(f"the document holds {found}: one is a flow", root)
    return None


class _Conversion:
    def __init__(self, root: XmlNode, notes: Notes) -> None:
        self.root = root
        self.notes = notes
        self.events = EventReader(root, notes)
        self.keys: dict[str, str] = {}  # of elements and flows, by their ids
        self.elements: list[Json] = []

    def convert(self, process: XmlNode) -> JsonDict:
        is_ours = process.attributes.get(ours("format")) == "PAIFANG"
        for child in self.root.children:
            known = child is process or child.local in ("message", "error", "process", "BPMNDiagram")
            if not known:
                self.notes.ignored(named(child), child, None)
        self._collect(process)
        self._scope(process, None)
        self._check_attributes(process, None)
        carried = self._carried(process, None)
        carried.pop("format", None)
        origin: JsonDict = {"format": "BPMN", **self._documentation(process)}
        for name in ("id", "name"):
            if name in process.attributes:
                origin[name] = process.attributes[name]
        result: JsonDict = {"elements": self.elements, **({} if is_ours else {"origin": origin}), **carried}
        drawing = self._drawing()
        if drawing is not None and not (is_ours and drawing == self._drawn(result)):
            result["diagram"] = {DRAWN: drawing}
        return result

    def _collect(self, container: XmlNode) -> None:
        for child in container.children:
            if child.namespace == BPMN and child.local in {*SAME, *FLOW_NODES, "sequenceFlow"}:
                id_ = child.attributes.get("id", "")
                carried = self._carried(child, id_, quietly=True).get("key")
                self.keys[id_] = carried if isinstance(carried, str) else id_
                self._collect(child)

    def _scope(self, container: XmlNode, parent: str | None) -> None:
        for child in container.children:
            key = self.keys.get(child.attributes.get("id", ""), "")
            if child.namespace != BPMN or child.local in PARTS or child.local.endswith("EventDefinition"):
                continue
            if child.local == "sequenceFlow":
                self.elements.append(self._flow(child, key, parent))
            elif child.local in SAME or child.local in FLOW_NODES:
                self.elements.append(self._element(child, key, parent))
                if child.local == "subProcess":
                    self._scope(child, key)
            elif child.local not in (LOOP, ENDLESS):
                self.notes.ignored(named(child), child, parent)

    def _element(self, source: XmlNode, key: str, parent: str | None) -> JsonDict:
        result = {"key": key, **self._common(source, key, parent), **self._kind(source, key)}
        attributes = source.attributes
        if "default" in attributes:
            result["default"] = self.keys.get(attributes["default"], attributes["default"])
        if source.local == "callActivity":
            result["flow"] = attributes.get("calledElement")
        if result["type"] == "boundaryEvent":
            host = attributes.get("attachedToRef", "")
            result |= {"attachedTo": self.keys.get(host, host)}
            result |= {"interrupting": attributes.get("cancelActivity", "true") == "true"}
        for side in ("incoming", "outgoing"):
            ids = [child.text.strip() for child in source.named(bpmn(side))]
            result[side] = [self.keys.get(id_, id_) for id_ in ids]
        carried = self._carried(source, key)
        self._check_parts(source, key, carried)
        return {name: value for name, value in {**result, **carried}.items() if value not in (None, [])}

    def _kind(self, source: XmlNode, key: str) -> JsonDict:
        """Its type, and what it waits for. For what ours has not, a type that keeps the graph checkable."""
        stand_in: JsonDict = {"type": "serviceTask"}
        if source.local in ALLOWED:
            event = self.events.read(source, key)
            return stand_in if event is None else event
        if source.local in FLOW_NODES:
            self.notes.unsupported(source.local, source, key)
            return stand_in
        if source.attributes.get("triggeredByEvent") == "true":
            self.notes.unsupported("a sub-process started by an event", source, key)
            return stand_in
        return {"type": source.local}

    def _flow(self, source: XmlNode, key: str, parent: str | None) -> JsonDict:
        result: JsonDict = {"key": key, "type": "sequenceFlow", **self._common(source, key, parent)}
        for end in ("source", "target"):
            id_ = source.attributes.get(f"{end}Ref")
            result[end] = None if id_ is None else self.keys.get(id_, id_)
        carried = self._carried(source, key)
        for expression in source.named(bpmn("conditionExpression")):
            if "condition" not in carried:
                result["condition"] = self._condition(expression, key)
        self._check_parts(source, key, carried)
        return {name: value for name, value in {**result, **carried}.items() if value is not None}

    def _condition(self, expression: XmlNode, key: str) -> str | None:
        """In our language as it is; in that of `${…}` where both mean the same."""
        text = expression.text.strip()
        if "language" in expression.attributes:
            self.notes.ignored("the language of the condition", expression, f"{key}/condition")
        if not text.startswith("${"):
            return text or None
        cel = to_cel(text)
        if isinstance(cel, Untranslatable):
            message = f"the condition {text[:100]!r} cannot be translated: {cel.reason}"
            problem = Problem(
                code="CONDITION_UNTRANSLATABLE",
                message=message,
                path=f"{key}/condition",
                line=expression.line,
            )
            self.notes.put(problem)
            return None
        return cel

    def _common(self, source: XmlNode, key: str, parent: str | None) -> JsonDict:
        result: JsonDict = {} if parent is None else {"parent": parent}
        if source.attributes.get("name", "").strip():
            result["name"] = source.attributes["name"]
        documentation = self._documentation(source)
        return {**result, **({"origin": documentation} if documentation else {})}

    def _documentation(self, source: XmlNode) -> JsonDict:
        texts: list[Json] = [each.text for each in source.named(bpmn("documentation")) if each.text.strip()]
        return {"documentation": texts} if texts else {}

    def _carried(self, source: XmlNode, key: str | None, *, quietly: bool = False) -> JsonDict:
        """What stands under keys of ours, in attributes and in the element's extensions."""
        found: JsonDict = {
            name.removeprefix(ours("")): value
            for name, value in source.attributes.items()
            if name.startswith(ours(""))
        }
        found |= self._extensions(source, key, quietly=quietly)
        for name in sorted(STRUCTURE & found.keys()):  # BPMN says it, and ours never says it twice
            found.pop(name)
            if not quietly:
                self.notes.ignored(f"our '{name}'", source, key)
        documented = self._documentation(source)
        origin = found.get("origin")
        if documented and isinstance(origin, dict):
            found["origin"] = {**documented, **origin}
        return found

    def _extensions(self, source: XmlNode, key: str | None, *, quietly: bool) -> JsonDict:
        found: JsonDict = {}
        for extension in source.named(bpmn("extensionElements")):
            for child in extension.children:
                if child.namespace == OURS:
                    try:
                        found[child.local] = orjson.loads(child.text)
                    except orjson.JSONDecodeError:
                        message = f"what stands in '{child.local}' is no JSON"
                        self.notes.put(Problem(code="NOT_JSON", message=message, path=key, line=child.line))
                elif not quietly:
                    self.notes.ignored(named(child), child, key)
        return found

    def _check_attributes(self, source: XmlNode, key: str | None) -> None:
        for name, value in source.attributes.items():
            if name not in KNOWN and not name.startswith(ours("")) and USUAL.get(name) != value:
                self.notes.ignored(f"the attribute '{name.rpartition('}')[2]}'", source, key)

    def _check_parts(self, source: XmlNode, key: str, carried: JsonDict) -> None:
        self._check_attributes(source, key)
        if source.local == "serviceTask" and not carried.keys() & {"call", "output"} and _is_foreign(source):
            self.notes.unsupported("what another engine does in this service task", source, key)
        for child in source.children:
            if child.local == ENDLESS or (child.local == LOOP and "over" not in carried):
                self.notes.unsupported(named(child), child, key)
            elif (
                source.local != "subProcess"
                and child.local not in {*PARTS, LOOP}
                and not (child.namespace == BPMN and child.local.endswith("EventDefinition"))
            ):
                self.notes.ignored(named(child), child, key)

    def _drawing(self) -> str | None:
        """The drawings of this process's elements, as text that stays the same when it is read again."""
        definitions = node("definitions")
        for diagram in self.root.named(f"{{{BPMNDI}}}BPMNDiagram"):
            definitions.children.append(diagram)
            for plane in diagram.named(f"{{{BPMNDI}}}BPMNPlane"):
                plane.attributes["bpmnElement"] = PROCESS
                plane.children = [
                    shape for shape in plane.children if shape.attributes.get("bpmnElement") in self.keys
                ]
        return write_xml(definitions, PREFIXES) if definitions.children else None

    def _drawn(self, converted: JsonDict) -> str | None:
        """What an export of ours draws for this model where it has no drawing of its own.

        None where elements share an id: somebody changed it, and nothing that we would draw is in it.
        """
        model, _ = read_model(converted)
        ids = {ElementKey(key): id_ for id_, key in self.keys.items()}
        if not ids.keys() >= model.elements.keys() | model.flows.keys():
            return None
        definitions = node("definitions")
        definitions.children.append(draw(model, ids, PROCESS))
        return write_xml(definitions, PREFIXES)


def _is_foreign(source: XmlNode) -> bool:
    """Whether another engine's attributes or extensions say what it does."""
    parts = [each for extension in source.named(bpmn("extensionElements")) for each in extension.children]
    spaces = {name[1:].partition("}")[0] for name in source.attributes if name.startswith("{")}
    said = source.attributes.keys() & {"implementation", "operationRef"}
    return bool(said or (spaces | {part.namespace for part in parts}) - {OURS})
