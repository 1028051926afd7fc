"""Names of BPMN 2.0 XML, and of what we add to it.

What BPMN has no word for stands under the key that it has in our JSON, in our own namespace: a text as an
attribute of the element, anything else as JSON in its `extensionElements`.
"""

from engine.flow.formats.xml_tree import XmlNode

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:paifang:bpmn:1"
PREFIXES = {BPMN: "bpmn", BPMNDI: "bpmndi", DC: "dc", DI: "di", XSI: "xsi", OURS: "paifang"}

TAGS = {
    "startEvent": "startEvent",
    "endEvent": "endEvent",
    "userTask": "userTask",
    "serviceTask": "serviceTask",
    "exclusiveGateway": "exclusiveGateway",
    "inclusiveGateway": "inclusiveGateway",
    "parallelGateway": "parallelGateway",
    "callActivity": "callActivity",
    "timerCatchEvent": "intermediateCatchEvent",
    "messageCatchEvent": "intermediateCatchEvent",
    "boundaryEvent": "boundaryEvent",
    "subProcess": "subProcess",
}
STANDARD = {  # keys of our JSON that BPMN itself has a place for
    "key",
    "type",
    "name",
    "parent",
    "incoming",
    "outgoing",
    "source",
    "target",
    "condition",
    "default",
    "terminate",
    "flow",
    "attachedTo",
    "interrupting",
    "duration",
    "error",
    "message",
}


def bpmn(local: str) -> str:
    return f"{{{BPMN}}}{local}"


def ours(local: str) -> str:
    return f"{{{OURS}}}{local}"


def node(local: str, *, text: str = "", **attributes: str | None) -> XmlNode:
    """An element of BPMN itself; attributes that are None are left out."""
    given = {name: value for name, value in attributes.items() if value is not None}
    return XmlNode(bpmn(local), given, text=text)
