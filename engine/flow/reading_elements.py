"""One element of a model from its JSON: what each type has beside what all have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from engine.flow.fields import IDENTIFIER, Fields
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    Element,
    ElementKey,
    EndEvent,
    ExclusiveGateway,
    InclusiveGateway,
    Json,
    JsonObject,
    Loop,
    MessageCatchEvent,
    ParallelGateway,
    Read,
    Retry,
    ServiceTask,
    StartEvent,
    SubProcess,
    TimerCatchEvent,
    UserTask,
)

RETRIES = range(101)
BACKOFF_MS = range(3_600_001)  # an hour; longer pauses are a timer's work


class Common(TypedDict):
    """What every element has."""

    key: ElementKey
    name: str | None
    incoming: tuple[ElementKey, ...]
    outgoing: tuple[ElementKey, ...]
    parent: ElementKey | None
    reads: Mapping[str, Read]
    properties: JsonObject
    origin: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementReader:
    """A type's name in JSON, its class, and how its own part is read.

    `write` is of plug-ins: the own part again, for `read`; those of this table are written by `writing.py`.
    """

    name: str
    type: type[Element]
    read: Callable[[Fields, Common], Element]
    write: Callable[[Element], Mapping[str, Json]] | None = None


def read_element(fields: Fields, key: ElementKey, reader: ElementReader) -> Element:
    common = Common(
        key=key,
        name=fields.text("name"),
        incoming=_keys(fields.texts("incoming")),
        outgoing=_keys(fields.texts("outgoing")),
        parent=optional_key(fields, "parent"),
        reads=fields.reads("reads"),
        properties=fields.free("properties") or {},
        origin=fields.free("origin") or {},
    )
    element = reader.read(fields, common)
    fields.close()
    return element


def optional_key(fields: Fields, name: str) -> ElementKey | None:
    text = fields.text(name)
    return None if text is None else ElementKey(text)


def _keys(texts: tuple[str, ...] | None) -> tuple[ElementKey, ...]:
    return tuple(ElementKey(text) for text in texts or ())


def _start_event(_: Fields, common: Common) -> Element:
    return StartEvent(**common)


def _end_event(fields: Fields, common: Common) -> Element:
    return EndEvent(**common, terminate=fields.flag("terminate", default=False))


def _user_task(fields: Fields, common: Common) -> Element:
    return UserTask(
        **common,
        form=fields.text("form"),
        candidate_roles=fields.texts("candidateRoles") or (),
        assignee=fields.text("assignee"),
        due_in=fields.text("dueIn"),
        default=optional_key(fields, "default"),
        compensate=fields.call("compensate"),
    )


def _service_task(fields: Fields, common: Common) -> Element:
    return ServiceTask(
        **common,
        call=fields.call("call"),
        output=fields.assignments("output"),
        retry=_retry(fields.object("retry")),
        compensate=fields.call("compensate"),
    )


def _retry(fields: Fields | None) -> Retry:
    usual = Retry()
    if fields is None:
        return usual
    retry = Retry(
        max_retries=fields.whole("maxRetries", RETRIES, default=usual.max_retries),
        backoff_ms=fields.whole("backoffMs", BACKOFF_MS, default=usual.backoff_ms),
    )
    fields.close()
    return retry


def _exclusive_gateway(fields: Fields, common: Common) -> Element:
    return ExclusiveGateway(**common, default=optional_key(fields, "default"))


def _parallel_gateway(fields: Fields, common: Common) -> Element:
    return ParallelGateway(**common, pairs_with=optional_key(fields, "pairsWith"))


def _inclusive_gateway(fields: Fields, common: Common) -> Element:
    return InclusiveGateway(
        **common, default=optional_key(fields, "default"), pairs_with=optional_key(fields, "pairsWith")
    )


def _call_activity(fields: Fields, common: Common) -> Element:
    return CallActivity(
        **common,
        flow=fields.required("flow"),
        input=fields.mapped("input"),
        output=fields.mapped("output"),
        latest=fields.choice("binding", ("pinned", "latest"), default="pinned") == "latest",
        loop=_loop(fields),
    )


def _loop(fields: Fields) -> Loop | None:
    item = fields.text("as") or "item"
    if not IDENTIFIER.fullmatch(item):
        fields.report("NAME_INVALID", "the item's name is letters, digits and '_'", "as")
    mode = fields.choice("mode", ("parallel", "sequential"), default="parallel")
    collect, until = fields.text("collect"), fields.text("until")
    if not fields.has("over"):
        for name in ("as", "mode", "collect", "until"):
            if fields.has(name):
                fields.report("REQUIRED", f"'{name}' is of a loop: say what it goes 'over'", name)
        return None
    return Loop(
        over=fields.required("over"),
        item=item,
        sequential=mode == "sequential",
        collect=collect,
        until=until,
    )


def _timer_catch_event(fields: Fields, common: Common) -> Element:
    return TimerCatchEvent(**common, duration=fields.text("duration"), until=fields.text("until"))


def _message_catch_event(fields: Fields, common: Common) -> Element:
    return MessageCatchEvent(
        **common,
        message=fields.required("message"),
        correlation=fields.assignments("correlation"),
        output=fields.assignments("output"),
    )


def _boundary_event(fields: Fields, common: Common) -> Element:
    return BoundaryEvent(
        **common,
        attached_to=ElementKey(fields.required("attachedTo")),
        interrupting=fields.flag("interrupting", default=True),
        duration=fields.text("duration"),
        error=fields.text("error"),
        message=fields.text("message"),
        correlation=fields.assignments("correlation"),
        output=fields.assignments("output"),
    )


def _sub_process(_: Fields, common: Common) -> Element:
    return SubProcess(**common)


Readers = Mapping[str, ElementReader]  # by name; a plug-in adds rows: `{**READERS, reader.name: reader}`
READERS: Readers = {
    reader.name: reader
    for reader in (
        ElementReader(name="startEvent", type=StartEvent, read=_start_event),
        ElementReader(name="endEvent", type=EndEvent, read=_end_event),
        ElementReader(name="userTask", type=UserTask, read=_user_task),
        ElementReader(name="serviceTask", type=ServiceTask, read=_service_task),
        ElementReader(name="exclusiveGateway", type=ExclusiveGateway, read=_exclusive_gateway),
        ElementReader(name="parallelGateway", type=ParallelGateway, read=_parallel_gateway),
        ElementReader(name="inclusiveGateway", type=InclusiveGateway, read=_inclusive_gateway),
        ElementReader(name="callActivity", type=CallActivity, read=_call_activity),
        ElementReader(name="timerCatchEvent", type=TimerCatchEvent, read=_timer_catch_event),
        ElementReader(name="messageCatchEvent", type=MessageCatchEvent, read=_message_catch_event),
        ElementReader(name="boundaryEvent", type=BoundaryEvent, read=_boundary_event),
        ElementReader(name="subProcess", type=SubProcess, read=_sub_process),
    )
}
