"""Events say one thing they wait for, durations can be read, boundary events guard what waits or fails."""

from engine.flow.checks.subject import Subject
from engine.flow.durations import parse_duration
from engine.flow.model import (
    BoundaryEvent,
    CallActivity,
    MessageCatchEvent,
    ServiceTask,
    SubProcess,
    TimerCatchEvent,
    UserTask,
)

HOSTS = UserTask | ServiceTask | CallActivity | SubProcess | TimerCatchEvent | MessageCatchEvent
CAN_FAIL = ServiceTask | CallActivity | SubProcess


def check_events(subject: Subject) -> None:
    for element in subject.model.elements.values():
        match element:
            case UserTask():
                _check_duration(subject, f"{element.key}/dueIn", element.due_in)
            case TimerCatchEvent():
                if (element.duration is None) == (element.until is None):
                    message = "a timer has either 'duration' or 'until'"
                    subject.error("TRIGGER_AMBIGUOUS", message, element.key)
                _check_duration(subject, f"{element.key}/duration", element.duration)
            case BoundaryEvent():
                _check_boundary(subject, element)
            case _:
                pass


def _check_boundary(subject: Subject, event: BoundaryEvent) -> None:
    triggers = (event.duration, event.error, event.message)
    if sum(trigger is not None for trigger in triggers) != 1:
        message = "a boundary event has exactly one of 'duration', 'error' and 'message'"
        subject.error("TRIGGER_AMBIGUOUS", message, event.key)
    _check_duration(subject, f"{event.key}/duration", event.duration)
    if event.message is None and (event.correlation or event.output):
        message = "'correlation' and 'output' are of messages"
        subject.error("MESSAGE_MISSING", message, event.key)
    if event.incoming:
        message = "no flow leads into a boundary event: it happens to what it is attached to"
        subject.error("BOUNDARY_ENTERED", message, f"{event.key}/incoming")
    if event.attached_to:  # missing: said when it was read
        _check_host(subject, event)


def _check_host(subject: Subject, event: BoundaryEvent) -> None:
    path, host = f"{event.key}/attachedTo", subject.model.elements.get(event.attached_to)
    if host is None:
        hint = subject.problems.nearest(event.attached_to, subject.model.elements)
        message = f"there is no element '{event.attached_to}'"
        subject.error("UNKNOWN_REFERENCE", message, path, suggestion=hint)
    elif not isinstance(host, HOSTS):
        subject.error("BOUNDARY_HOST", f"'{host.key}' never waits: nothing can happen to it", path)
    elif event.error is not None and not isinstance(host, CAN_FAIL):
        subject.error("BOUNDARY_HOST", f"'{host.key}' makes no call that could fail", path)
    elif host.parent != event.parent:
        subject.error("SCOPE_CROSSED", f"'{host.key}' lies in another sub-process", path)


def _check_duration(subject: Subject, path: str, text: str | None) -> None:
    if text is not None:
        try:
            calendar = parse_duration(text).calendar
        except ValueError as error:
            subject.error("DURATION_INVALID", f"{text[:100]!r}: {error}", path)
            return
        known = subject.context.calendars
        if calendar is not None and known is not None and calendar not in known:
            hint = subject.problems.nearest(calendar, known)
            message = f"the gateway's settings have no calendar '{calendar[:100]}'"
            subject.error("CALENDAR_UNKNOWN", message, path, suggestion=hint)
