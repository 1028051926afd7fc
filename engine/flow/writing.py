"""A model as JSON (format PAIFANG): what `reading.py` reads as the same model, with nothing said twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from engine.flow.model import (
    BoundaryEvent,
    Call,
    CallActivity,
    Element,
    ElementKey,
    EndEvent,
    ExclusiveGateway,
    FlowModel,
    FormModel,
    InclusiveGateway,
    Json,
    Loop,
    Mapped,
    MessageCatchEvent,
    ParallelGateway,
    Read,
    Retry,
    SequenceFlow,
    ServiceTask,
    TimerCatchEvent,
    UserTask,
)
from engine.flow.reading_elements import READERS, ElementReader, Readers

JsonDict = dict[str, Json]


def write_model(model: FlowModel, readers: Readers = READERS) -> JsonDict:
    order, rows = _Order.of(model), {reader.type: reader for reader in readers.values()}
    elements: list[Json] = [
        _element(element, order, rows[type(element)]) for element in model.elements.values()
    ]
    elements += [_flow(flow, model) for flow in model.flows.values()]
    whole: dict[str, Json] = {}
    if model.variables is not None:
        whole["variables"] = dict(model.variables)
    if model.diagram is not None:
        whole["diagram"] = model.diagram
    forms = {key: _form(form) for key, form in model.forms.items()}
    return {"elements": elements, **_given(forms=dict(forms)), **whole, **_given(origin=dict(model.origin))}


def _given(**parts: Json) -> JsonDict:
    """Without what is null, empty or false: such a key is left out, and read back as that."""
    return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, slots=True)
class _Order:
    """The order in which an element's flows are derived: only another one is written down."""

    incoming: Mapping[ElementKey, list[ElementKey]]
    outgoing: Mapping[ElementKey, list[ElementKey]]

    @classmethod
    def of(cls, model: FlowModel) -> "_Order":
        order = cls(defaultdict(list), defaultdict(list))
        for key, flow in model.flows.items():
            order.incoming[flow.target].append(key)
            order.outgoing[flow.source].append(key)
        return order


def _flow(flow: SequenceFlow, model: FlowModel) -> JsonDict:
    return {
        "key": flow.key,
        "type": "sequenceFlow",
        **_given(name=flow.name),
        "source": flow.source,
        "target": flow.target,
        **_given(
            condition=flow.condition,
            parent=model.elements[flow.source].parent,
            origin=dict(flow.origin),
        ),
    }


def _element(element: Element, order: _Order, row: ElementReader) -> JsonDict:
    key = element.key
    incoming, outgoing = list(element.incoming), list(element.outgoing)
    return {
        "key": key,
        "type": row.name,
        **_given(name=element.name, parent=element.parent),
        **(row.write(element) if row.write else _own(element)),
        **_given(
            reads={name: _read(read) for name, read in element.reads.items()},
            properties=dict(element.properties),
            incoming=None if incoming == order.incoming[key] else [*incoming],
            outgoing=None if outgoing == order.outgoing[key] else [*outgoing],
            origin=dict(element.origin),
        ),
    }


def _own(element: Element) -> JsonDict:
    """What this type has beside what all elements have."""
    match element:
        case EndEvent():
            return _given(terminate=element.terminate)
        case UserTask():
            return _user_task(element)
        case ServiceTask():
            return _service_task(element)
        case ExclusiveGateway():
            return _given(default=element.default)
        case InclusiveGateway():
            return _given(default=element.default, pairsWith=element.pairs_with)
        case ParallelGateway():
            return _given(pairsWith=element.pairs_with)
        case CallActivity():
            return _call_activity(element)
        case TimerCatchEvent():
            return _given(duration=element.duration, until=element.until)
        case MessageCatchEvent() | BoundaryEvent():
            return _event(element)
        case _:  # start events and sub-processes are what they are
            return {}


def _user_task(task: UserTask) -> JsonDict:
    return _given(
        form=task.form,
        candidateRoles=list(task.candidate_roles),
        assignee=task.assignee,
        dueIn=task.due_in,
        default=task.default,
        compensate=_call(task.compensate),
    )


def _service_task(task: ServiceTask) -> JsonDict:
    parts = _given(call=_call(task.call), output=dict(task.output), compensate=_call(task.compensate))
    if task.retry != Retry():
        parts["retry"] = {"maxRetries": task.retry.max_retries, "backoffMs": task.retry.backoff_ms}
    return parts


def _call_activity(activity: CallActivity) -> JsonDict:
    return {
        "flow": activity.flow,
        **({} if activity.input == "full" else {"input": _mapped(activity.input)}),
        **({} if activity.output == "full" else {"output": _mapped(activity.output)}),
        **_given(binding="latest" if activity.latest else None),
        **_loop(activity.loop),
    }


def _mapped(mapped: Mapped) -> Json:
    return mapped if isinstance(mapped, str) else dict(mapped)


def _loop(loop: Loop | None) -> JsonDict:
    if loop is None:
        return {}
    mode = "sequential" if loop.sequential else None
    return {"over": loop.over, "as": loop.item, **_given(mode=mode, collect=loop.collect, until=loop.until)}


def _event(event: MessageCatchEvent | BoundaryEvent) -> JsonDict:
    message = _given(message=event.message, correlation=dict(event.correlation), output=dict(event.output))
    if isinstance(event, MessageCatchEvent):
        return message
    return {
        "attachedTo": event.attached_to,
        **({} if event.interrupting else {"interrupting": False}),
        **_given(duration=event.duration, error=event.error),
        **message,
    }


def _call(call: Call | None) -> JsonDict | None:
    return None if call is None else {"query": call.query, **_given(variables=dict(call.variables))}


def _read(read: Read) -> JsonDict:
    usual = Read(call=read.call).value
    return {**(_call(read.call) or {}), **_given(value=None if read.value == usual else read.value)}


def _form(form: FormModel) -> JsonDict:
    ui = {channel: dict(layout) for channel, layout in form.ui.items()}
    return {"schema": dict(form.schema), **_given(ui=dict(ui))}
