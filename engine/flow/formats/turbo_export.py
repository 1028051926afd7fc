"""A model → turbo's `flowElementList`, as far as turbo can run it.

What turbo would only ignore travels along under the key `paifang`, with a warning, so that importing the
result gives the same model. What turbo would run otherwise is an error.
"""

from engine.flow.fields import Problems
from engine.flow.formats.conversion import ExportedJson, JsonDict
from engine.flow.formats.turbo import CONDITION, DEFAULT, LIST, OF_FORMAT, OURS, PAIR, TYPES
from engine.flow.formats.turbo_calls import CALL_PROPERTIES, FLOW, call_activity, call_properties
from engine.flow.formats.turbo_conditions import Untranslatable, to_cel, to_turbo_condition
from engine.flow.formats.turbo_links import SEQUENCE_FLOW
from engine.flow.model import (
    Element,
    ExclusiveGateway,
    FlowModel,
    InclusiveGateway,
    Json,
    SequenceFlow,
    UserTask,
)
from engine.flow.writing import write_model
from engine.problem import Severity

NUMBERS = {name: number for number, name in TYPES.items()}
CALL = ("flow", "input", "output")
CARRIED_SILENTLY = {
    "binding",
    "diagram",
    "origin",
    "properties",
    *CALL,
}  # nothing that turbo would have to know
TRANSLATED = {"key", "type", "name", "incoming", "outgoing", "properties", "origin", "default", "pairsWith"}
RESERVED = OF_FORMAT | {OURS, "name"}  # properties that would be read as turbo's own


def to_turbo(model: FlowModel) -> ExportedJson:
    """The document; none if any of the problems is an ERROR."""
    export = _Export(model)
    document = export.document()
    failed = any(problem.severity is Severity.ERROR for problem in export.problems.found)
    return ExportedJson(json=None if failed else document, problems=export.problems.found)


class _Export:
    def __init__(self, model: FlowModel) -> None:
        self.model = model
        self.problems = Problems()
        self.is_turbos = model.origin.get("format") == "TURBO"

    def document(self) -> JsonDict:
        written = write_model(self.model)
        listed = written.pop("elements")
        assert isinstance(listed, list), "a written model has a list of elements"
        by_key = {str(entry["key"]): entry for entry in listed if isinstance(entry, dict)}
        converted: list[Json] = [
            self._element(element, by_key[key]) for key, element in self.model.elements.items()
        ]
        converted += [self._flow(flow) for flow in self.model.flows.values()]
        origin = written.pop("origin", {})
        if not self.is_turbos:
            written["origin"] = origin
        self._warn(written, None)
        more = self.model.origin.get("more") if self.is_turbos else None
        return {LIST: converted, **_object(more), **({OURS: written} if written else {})}

    def _element(self, element: Element, written: JsonDict) -> JsonDict:
        key, name = element.key, str(written["type"])
        properties: JsonDict = dict(element.properties)
        carried = {part: value for part, value in written.items() if part not in TRANSLATED}
        if any(part in RESERVED or part in CALL_PROPERTIES for part in properties):
            carried["properties"], properties = properties, {}
        if name == "callActivity":
            meant = {part: carried.pop(part) for part in CALL if part in carried}
            properties |= self._call(element, meant)
            own = dict(properties) | _object(element.origin.get("properties"))
            understood = call_activity(key, {}, own, Problems())
            carried |= {part: value for part, value in meant.items() if understood.get(part) != value}
        if name not in NUMBERS or "over" in carried or element.parent is not None:
            self.problems.add("EXPORT_IMPOSSIBLE", "turbo has no equal of this element", key)
        if not self.is_turbos and element.origin:
            carried["origin"] = dict(element.origin)
        properties |= _object(element.origin.get("properties")) if self.is_turbos else {}
        properties |= _pair(element, written.get("pairsWith"))
        self._warn(carried, key)
        parts: JsonDict = {
            **properties,
            **({} if element.name is None else {"name": element.name}),
            **({OURS: carried} if carried else {}),
        }
        return self._node(element, NUMBERS.get(name, 0), [*element.incoming], [*element.outgoing], parts)

    def _flow(self, flow: SequenceFlow) -> JsonDict:
        properties = dict(_object(flow.origin.get("properties"))) if self.is_turbos else {}
        if flow.name is not None:
            properties["name"] = flow.name
        default = getattr(self.model.elements[flow.source], "default", None) == flow.key
        was_default = str(properties.get(DEFAULT)).lower() == "true"
        if default != was_default or DEFAULT not in properties:
            properties[DEFAULT] = "true" if default else "false"
        properties[CONDITION] = self._condition(flow, properties.get(CONDITION))
        if not self.is_turbos and flow.origin:
            properties[OURS] = {"origin": dict(flow.origin)}
        return self._node(flow, SEQUENCE_FLOW, [flow.source], [flow.target], properties)

    def _node(
        self,
        source: Element | SequenceFlow,
        number: int,
        incoming: list[Json],
        outgoing: list[Json],
        properties: JsonDict,
    ) -> JsonDict:
        more = source.origin.get("more") if self.is_turbos else None
        return {
            "key": source.key,
            "type": number,
            "incoming": incoming,
            "outgoing": outgoing,
            "properties": properties,
            **_object(more),
        }

    def _condition(self, flow: SequenceFlow, original: Json) -> Json:
        """The original text while it still means the same."""
        asked = self._asks(self.model.elements[flow.source])
        if flow.condition is None:
            keeps = isinstance(original, str) and (not asked or not original.strip())
            return original if keeps else ""
        if not asked:
            message = f"turbo asks no condition behind '{flow.source}'"
            self.problems.add("EXPORT_IMPOSSIBLE", message, f"{flow.key}/condition")
        if isinstance(original, str) and to_cel(original) == flow.condition:
            return original
        text = to_turbo_condition(flow.condition)
        if isinstance(text, Untranslatable):
            message = f"turbo has no equal of the condition {flow.condition[:100]!r}"
            self.problems.add("EXPORT_IMPOSSIBLE", message, f"{flow.key}/condition")
            return ""
        return text

    def _asks(self, source: Element) -> bool:
        """Whether turbo asks the conditions of flows out of here."""
        several = isinstance(source, UserTask) and len(source.outgoing) > 1
        return several or isinstance(source, ExclusiveGateway | InclusiveGateway)

    def _call(self, element: Element, meant: JsonDict) -> JsonDict:
        """The original properties, which `origin` brings, while they still mean the same."""
        origin = dict(_object(element.origin.get("properties")))
        if FLOW in origin and call_activity(element.key, {}, origin, Problems()) == meant:
            return {}
        return call_properties(element.key, meant, self.problems)

    def _warn(self, carried: JsonDict, key: str | None) -> None:
        for name in carried:
            if name not in CARRIED_SILENTLY:
                message = f"turbo ignores '{name}': it is only carried along"
                path = f"{key}/{name}" if key else name
                self.problems.add("EXPORT_IGNORED", message, path, severity=Severity.WARNING)


def _pair(element: Element, other: Json) -> JsonDict:
    """Which block a gateway belongs to; the half that splits is the fork."""
    before = _object(element.origin.get("properties")).get(PAIR)
    if other is None or other in _object(before).values():
        return {}
    fork = len(element.outgoing) > 1
    return {PAIR: {"fork": element.key if fork else other, "join": other if fork else element.key}}


def _object(value: Json) -> JsonDict:
    return value if isinstance(value, dict) else {}
