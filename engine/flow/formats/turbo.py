"""Turbo's `flowElementList` → format PAIFANG: the same elements, conditions in CEL, references repaired.

What has no place in ours is kept in `origin`, from where `turbo_export.py` takes it back. Behaviour that is
lost is named: a warning where the model still runs, an error where it would run otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from engine.flow.fields import Problems, as_object, kind_of
from engine.flow.formats.conversion import Imported, JsonDict
from engine.flow.formats.turbo_calls import call_activity
from engine.flow.formats.turbo_conditions import Untranslatable, to_cel, unwrap
from engine.flow.formats.turbo_links import Node, read_nodes
from engine.flow.json_bounds import find_excess
from engine.flow.model import Json
from engine.problem import Severity

TYPES = {
    2: "startEvent",
    3: "endEvent",
    4: "userTask",
    6: "exclusiveGateway",
    8: "callActivity",
    9: "parallelGateway",
    10: "inclusiveGateway",
}
CHOOSES = (4, 6, 10)  # types that ask conditions and may have a default
LIST, OURS = "flowElementList", "paifang"
CONDITION, DEFAULT, PAIR = "conditionsequenceflow", "defaultConditions", "forkJoinMatch"
OF_FORMAT = {CONDITION, DEFAULT, PAIR, "hookInfoIds", "branchMerge", "dataMerge"}
NO_HOOKS = (None, "", "[]", "null", [])
OWN_KEYS = {"key", "type", "incoming", "outgoing", "properties"}


def from_turbo(raw: object) -> Imported:
    """The model, an object or its text, as JSON of ours. Never raises."""
    problems = Problems()
    listed, rest = _listed(raw, problems)
    if listed is None:
        return Imported(json=None, problems=problems.found)
    whole = as_object(rest.pop(OURS, None)) or {}  # what an export of ours carried along
    nodes = read_nodes((element for element in listed if isinstance(element, dict)), problems)
    conversion = _Conversion(
        flows={node.key: node for node in nodes if node.is_flow},
        elements={node.key: node for node in nodes if not node.is_flow},
        problems=problems,
        is_turbos="origin" not in whole,
    )
    converted: list[Json] = [conversion.convert(node) for node in nodes]
    converted += [element for element in listed if not isinstance(element, dict)]  # refused when read
    origin: JsonDict = {"format": "TURBO", **({"more": rest} if rest else {})}
    json: JsonDict = {"elements": converted, "origin": origin, **whole}
    return Imported(json=json, problems=problems.found)


def _listed(raw: object, problems: Problems) -> tuple[list[Json] | None, JsonDict]:
    """The list of elements, and what stands beside it."""
    if isinstance(raw, str | bytes):
        try:
            raw = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            problems.add("NOT_JSON", f"the text is no JSON: {error.msg} (line {error.lineno})", None)
            return None, {}
    excess = find_excess(raw)
    if excess is not None:
        problems.add(*excess, None)
        return None, {}
    top = as_object(raw) or {}
    listed = top.get(LIST)
    if not isinstance(listed, list):
        problems.add("WRONG_TYPE", f"a model of turbo has a list '{LIST}'", LIST)
        return None, {}
    return listed, {name: value for name, value in top.items() if name != LIST}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conversion:
    """`is_turbos`: it was not exported by us from another format, so what has no place here is kept."""

    flows: Mapping[str, Node]
    elements: Mapping[str, Node]
    problems: Problems
    is_turbos: bool

    def convert(self, node: Node) -> JsonDict:
        _check_lost(node, self.problems)
        return self._flow(node) if node.is_flow else self._element(node)

    def _element(self, node: Node) -> JsonDict:
        kind, properties = node.raw.get("type"), _properties(node)
        own = {name: value for name, value in properties.items() if name in OF_FORMAT}
        shown = {name: value for name, value in properties.items() if name not in OF_FORMAT}
        result: JsonDict = {"key": node.raw.get("key"), "type": _type_name(kind), **_name(shown)}
        if kind in (9, 10):
            result |= _pair(node.key, own)
        if kind == 8:
            result |= call_activity(node.key, shown, own, self.problems)
        if kind in CHOOSES:
            result |= _default(node, self.flows, self.problems)
        if kind in (2, 8) and len(node.outgoing) > 1:
            message = f"turbo follows only the first flow, '{node.outgoing[0]}'"
            self.problems.add("SECOND_OUTGOING", message, f"{node.key}/outgoing")
        result |= as_object(shown.pop(OURS, None)) or {}
        lists: JsonDict = {"incoming": [*node.incoming], "outgoing": [*node.outgoing]}
        return _filled(result, **lists, properties=shown, origin=self._origin(node, own))

    def _flow(self, node: Node) -> JsonDict:
        properties = dict(_properties(node))
        condition = _condition(node.key, properties, self.problems)
        source = self.elements.get(next(iter(node.incoming), ""))
        if condition is not None and source is not None and not _asks(source):
            message = f"turbo does not ask it: it goes on from '{source.key}' in any case"
            path = f"{node.key}/condition"
            self.problems.add("CONDITION_UNUSED", message, path, severity=Severity.WARNING)
            condition = None
        carried = as_object(properties.pop(OURS, None)) or {}
        return _filled(
            {**carried, "key": node.raw.get("key"), "type": "sequenceFlow", **_name(properties)},
            source=next(iter(node.incoming), None),
            target=next(iter(node.outgoing), None),
            condition=condition,
            origin=self._origin(node, properties),
        )

    def _origin(self, node: Node, properties: JsonDict) -> JsonDict:
        more = {name: value for name, value in node.raw.items() if name not in OWN_KEYS}
        return _filled({}, more=more, properties=properties) if self.is_turbos else {}


def _filled(result: JsonDict, **parts: Json) -> JsonDict:
    return result | {name: value for name, value in parts.items() if value}


def _type_name(kind: Json) -> Json:
    """Ours, or a name that reading refuses by this text."""
    return TYPES[kind] if isinstance(kind, int) and kind in TYPES else f"type {kind} of turbo"[:100]


def _properties(node: Node) -> JsonDict:
    properties = node.raw.get("properties")
    return properties if isinstance(properties, dict) else {}


def _name(properties: JsonDict) -> JsonDict:
    """The name, taken out of the properties if there is one."""
    name = properties.get("name")
    return {"name": properties.pop("name")} if isinstance(name, str) and name.strip() else {}


def _condition(key: str, properties: JsonDict, problems: Problems) -> Json:
    text = properties.get(CONDITION)
    if text is None or (isinstance(text, str) and not unwrap(text)):
        return None
    cel = to_cel(text) if isinstance(text, str) else Untranslatable(f"it is {kind_of(text)}")
    if isinstance(cel, str):
        return cel
    message = f"the condition {str(text)[:100]!r} cannot be translated: {cel.reason}"
    hint = "Write it with names, literals, comparisons, &&, ||, ! and a.equals(b), or import it without."
    problems.add("CONDITION_UNTRANSLATABLE", message, f"{key}/condition", suggestion=hint)
    return None


def _asks(source: Node) -> bool:
    """Turbo asks none where a user task has only one way out, nor behind elements that do not choose."""
    kind = source.raw.get("type")
    return kind in (6, 10) or (kind == 4 and len(source.outgoing) > 1)


def _pair(key: str, own: JsonDict) -> JsonDict:
    """The other half of the block that this gateway says it belongs to."""
    match = own.get(PAIR)
    if not isinstance(match, dict):
        return {}
    other = match.get("join") if match.get("fork") == key else match.get("fork")
    return {"pairsWith": other} if isinstance(other, str) and other.strip() else {}


def _default(node: Node, flows: Mapping[str, Node], problems: Problems) -> JsonDict:
    """Of several, turbo takes the last."""
    leaving = [flows[key] for key in node.outgoing]
    defaults = [flow for flow in leaving if str(_properties(flow).get(DEFAULT)).lower() == "true"]
    if len(defaults) > 1:
        problems.add("SECOND_DEFAULT", "more than one flow out of here is the default", node.key)
    return {"default": defaults[-1].key} if defaults else {}


def _check_lost(node: Node, problems: Problems) -> None:
    """Behaviour of turbo that ours has no equal of."""
    properties = _properties(node)

    def warn(code: str, name: str, what: str) -> None:
        message = f"{name} {str(properties[name])[:100]!r} {what}"
        problems.add(code, message, f"{node.key}/properties/{name}", severity=Severity.WARNING)

    if properties.get("branchMerge", "JoinAll") not in ("JoinAll", "", None):
        warn("BRANCH_MERGE_LOST", "branchMerge", "is lost: every branch is waited for")
    if properties.get("dataMerge", "All") not in ("All", "", None):
        warn("DATA_MERGE_LOST", "dataMerge", "is lost: branches share their variables")
    if properties.get("hookInfoIds") not in NO_HOOKS:
        warn("HOOKS_LOST", "hookInfoIds", "are not called: write what they read as 'reads'")
