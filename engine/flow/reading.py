"""A model from its JSON (format PAIFANG), and everything that is wrong with it.

What comes out is whole even where the source is not: every sequence flow connects two elements, and the
`incoming` and `outgoing` of elements say the same as the flows. What had to be left out or changed for that
is reported: as an error, or as a warning in a model imported from another format.
"""

from dataclasses import dataclass, field
from typing import Literal

from engine.flow.fields import MAX_KEY, Fields, Problems, as_object, is_key, kind_of
from engine.flow.json_bounds import find_excess
from engine.flow.model import Element, ElementKey, FlowModel, FormModel, Json, JsonObject, SequenceFlow
from engine.flow.reading_elements import READERS, Readers, optional_key, read_element
from engine.flow.reading_links import connect
from engine.problem import Problem, Severity

SEQUENCE_FLOW = "sequenceFlow"
STAND_IN = READERS["serviceTask"]  # for an element of no known type: the graph around it stays checkable


def read_model(raw: object, readers: Readers = READERS) -> tuple[FlowModel, list[Problem]]:
    """The model of a PAIFANG JSON object. Never raises; any ERROR among the problems forbids running it."""
    problems = Problems()
    excess = find_excess(raw)
    if excess is not None:
        problems.add(*excess, None)
    top = as_object(raw) if excess is None else None
    if top is None:
        if excess is None:
            problems.add("WRONG_TYPE", f"a model is an object, not {kind_of(raw)}", None)
        return FlowModel(elements={}, flows={}), problems.found
    return _model(Fields(top, None, problems), readers), problems.found


def _model(fields: Fields, readers: Readers) -> FlowModel:
    origin = fields.free("origin") or {}
    source = _Source(problems=fields.problems, readers=readers, imported="format" in origin)
    listed = fields.take("elements")
    if listed == []:
        fields.report("REQUIRED", "there are no elements: a flow has a start and an end", "elements")
    elif isinstance(listed, list):
        source.read(listed)
    else:
        fields.report("WRONG_TYPE", f"'elements' must be a list, not {kind_of(listed)}", "elements")
    model = FlowModel(
        elements=connect(source.elements, source.flows, source.problems, imported=source.imported),
        flows=source.flows,
        forms=_forms(fields.object("forms")),
        variables=fields.free("variables"),
        diagram=fields.take("diagram"),
        imported=source.imported,
        origin=origin,
    )
    fields.close()
    return model


@dataclass(slots=True, kw_only=True)
class _Source:
    """The list of elements while it is read: first all elements, since flows refer to them."""

    problems: Problems
    readers: Readers
    imported: bool
    elements: dict[ElementKey, Element] = field(default_factory=dict[ElementKey, Element])
    flows: dict[ElementKey, SequenceFlow] = field(default_factory=dict[ElementKey, SequenceFlow])

    def read(self, listed: list[Json]) -> None:
        entries = [entry for index, item in enumerate(listed) if (entry := self._entry(item, index))]
        unique: dict[ElementKey, Fields] = {}
        for key, entry in entries:
            if key in unique:
                self.problems.add("DUPLICATE_KEY", f"there is another element '{key}'", key)
            else:
                unique[key] = entry
        for key, entry in unique.items():
            if entry.take("type") != SEQUENCE_FLOW:
                self._element(key, entry)
        for key, entry in unique.items():
            if entry.take("type") == SEQUENCE_FLOW:
                self._flow(key, entry)

    def _entry(self, item: Json, index: int) -> tuple[ElementKey, Fields] | None:
        raw, path = as_object(item), f"elements/{index}"
        if raw is None:
            self.problems.add("WRONG_TYPE", f"an element is an object, not {kind_of(item)}", path)
            return None
        key = Fields(raw, path, self.problems).required("key")
        if key and not is_key(key):
            message = f"a key has at most {MAX_KEY} characters, no '/' and no control characters"
            self.problems.add("KEY_INVALID", message, path)
            return None
        fields = Fields(raw, key, self.problems)
        fields.take("key")
        return (ElementKey(key), fields) if key else None

    def _element(self, key: ElementKey, fields: Fields) -> None:
        name = fields.required("type")
        reader = self.readers.get(name)
        if reader is None:
            if name:
                hint = self.problems.nearest(name, [*self.readers, SEQUENCE_FLOW])
                fields.report("UNKNOWN_TYPE", f"there is no element type '{name[:MAX_KEY]}'", "type", hint)
            fields = Fields({"parent": fields.take("parent")}, key, self.problems)
        self.elements[key] = read_element(fields, key, reader or STAND_IN)

    def _flow(self, key: ElementKey, fields: Fields) -> None:
        source, target = self._end(fields, "source"), self._end(fields, "target")
        name, condition = fields.text("name"), fields.text("condition")
        origin, parent = fields.free("origin") or {}, optional_key(fields, "parent")
        fields.close()
        if source is None or target is None:
            return
        if parent is not None and parent != self.elements[source].parent:
            fields.report("LINK_MISMATCH", f"its source '{source}' does not lie in '{parent}'", "parent")
        self.flows[key] = SequenceFlow(
            key=key, source=source, target=target, name=name, condition=condition, origin=origin
        )

    def _end(self, fields: Fields, name: Literal["source", "target"]) -> ElementKey | None:
        """The element at one end. Without a source no token ever comes: harmless in an imported model."""
        loose = self.imported and name == "source"
        severity = Severity.WARNING if loose else Severity.ERROR
        hint = "It is left out: nothing ever enters it." if loose else None
        if not fields.has(name):
            message = f"the flow has no {name}"
            self.problems.add("REQUIRED", message, fields.at(name), severity=severity, suggestion=hint)
            return None
        key = optional_key(fields, name)
        if key is None or key in self.elements:
            return key
        message = f"there is no element '{key[:MAX_KEY]}'"
        hint = hint or self.problems.nearest(key, self.elements)
        self.problems.add("UNKNOWN_REFERENCE", message, fields.at(name), severity=severity, suggestion=hint)
        return None


def _forms(fields: Fields | None) -> dict[str, FormModel]:
    forms: dict[str, FormModel] = {}
    for key in fields.raw if fields else ():
        assert fields is not None
        if not is_key(key):
            fields.report("KEY_INVALID", "a form's key has no '/' and no control characters", key[:MAX_KEY])
        form = fields.object(key)
        if form is not None:
            forms[key] = _form(key, form)
    return forms


def _form(key: str, fields: Fields) -> FormModel:
    schema = fields.free("schema")
    if not fields.has("schema"):
        fields.report("REQUIRED", "'schema' is required", "schema")
    ui = fields.object("ui")
    channels: dict[str, JsonObject] = {}
    for channel in ui.raw if ui else ():
        assert ui is not None
        layout = ui.free(channel)
        if layout is not None:
            channels[channel] = layout
    fields.close()
    return FormModel(key=key, schema=schema or {}, ui=channels)
