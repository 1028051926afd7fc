"""Events of BPMN → ours: which type an event is, and what it waits for."""

import json
import re

from engine.flow.formats.bpmn_names import bpmn, ours
from engine.flow.formats.bpmn_notes import Notes, named
from engine.flow.formats.conversion import JsonDict
from engine.flow.formats.xml_tree import XmlNode

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.,]+(Z|[+-]\d\d:?\d\d)?")
CATCHES = {"timerEventDefinition": "timerCatchEvent", "messageEventDefinition": "messageCatchEvent"}
ALLOWED = {
    "startEvent": set[str](),
    "endEvent": {"terminateEventDefinition"},
    "intermediateCatchEvent": set(CATCHES),
    "boundaryEvent": {"timerEventDefinition", "messageEventDefinition", "errorEventDefinition"},
}


class EventReader:
    """`names`: of the messages and errors that stand beside the process, by their ids."""

    def __init__(self, root: XmlNode, notes: Notes) -> None:
        self._notes = notes
        self._names: dict[str, str] = {}
        for kind, attribute in (("message", "name"), ("error", "errorCode")):
            for each in root.named(bpmn(kind)):
                name = each.attributes.get(attribute) or each.attributes.get("name") or _carried(each)
                self._names[each.attributes.get("id", "")] = name or ""

    def read(self, event: XmlNode, key: str) -> JsonDict | None:
        """The type, and what it waits for; None for an event that ours has not."""
        definitions = [child for child in event.children if child.local.endswith("EventDefinition")]
        wrong = [each for each in definitions if each.local not in ALLOWED[event.local]]
        missing = not definitions and event.local in ("intermediateCatchEvent", "boundaryEvent")
        if wrong or len(definitions) > 1 or missing:
            what = ", ".join(each.local for each in wrong or definitions) or "nothing to wait for"
            self._notes.unsupported(f"{event.local} with {what}", event, key)
            return None
        result: JsonDict = {"type": event.local}
        if not definitions:
            return result
        definition = definitions[0]
        if event.local == "intermediateCatchEvent":
            result["type"] = CATCHES[definition.local]
        match definition.local:
            case "timerEventDefinition":
                return result | self._timer(definition, key)
            case "messageEventDefinition":
                return result | {"message": self._names.get(definition.attributes.get("messageRef", ""))}
            case "errorEventDefinition":
                reference = definition.attributes.get("errorRef")
                return result | {"error": "*" if reference is None else self._names.get(reference)}
            case _:
                return result | {"terminate": True}

    def _timer(self, definition: XmlNode, key: str) -> JsonDict:
        result: JsonDict = {}
        for child in definition.children:
            text = child.text.strip()
            if child.local == "timeDuration" and text:
                result["duration"] = text
            elif child.local == "timeDate" and text:
                result["until"] = json.dumps(text) if _MOMENT.fullmatch(text) else text
            elif child.local not in ("timeDuration", "timeDate", "extensionElements"):
                self._notes.unsupported(f"{named(child)} of a timer", child, key)
        return result


def _carried(root: XmlNode) -> str | None:
    """A name that XML cannot hold, from where an export of ours put it."""
    for extension in root.named(bpmn("extensionElements")):
        for each in extension.named(ours("name")):
            value = json.loads(each.text) if each.text.startswith('"') else None
            return value if isinstance(value, str) else None
    return None
