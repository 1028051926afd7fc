"""Every called flow is deployed, none calls itself by whatever way, and calls nest at most ten deep."""

from engine.flow.checks.subject import Subject
from engine.flow.model import CallActivity, FlowModel

MAX_DEPTH = 10  # instances within instances, the outermost counted


def check_called_flows(subject: Subject) -> None:
    depths: dict[str, int] = {}
    for element in subject.model.elements.values():
        if isinstance(element, CallActivity) and element.flow:
            _check_call(subject, element, depths)


def _check_call(subject: Subject, element: CallActivity, depths: dict[str, int]) -> None:
    path, key, find_flow = f"{element.key}/flow", element.flow, subject.context.find_flow
    if key == subject.context.flow_key:
        subject.error("CALL_CYCLE", "the flow calls itself", path)
    if find_flow is None or key == subject.context.flow_key:
        return
    called = find_flow(key)
    if called is None:
        hint = "Deploy it first."
        subject.error("CALLED_FLOW_UNKNOWN", f"the flow '{key}' is not deployed", path, suggestion=hint)
        return
    way = [subject.context.flow_key or "", key] if subject.context.flow_key else [key]
    found = _depth(subject, called, way, depths)
    if isinstance(found, list):
        subject.error("CALL_CYCLE", f"the calls {' → '.join(found)} lead back to where they began", path)
    elif found + 1 > MAX_DEPTH:
        subject.error("CALLS_TOO_DEEP", f"calls nest deeper than {MAX_DEPTH} flows", path)


def _depth(subject: Subject, model: FlowModel, way: list[str], depths: dict[str, int]) -> int | list[str]:
    """How deep the calls from here nest, this flow counted; or the way of calls that comes back to itself."""
    deepest = 0
    for key in dict.fromkeys(called_by(model)):
        if key in way:
            return [*way[way.index(key) :], key]
        if key not in depths:
            called = subject.context.find_flow(key) if subject.context.find_flow else None
            if called is None or len(way) > MAX_DEPTH:
                depths[key] = 1
                deepest = max(deepest, 1)
                continue
            found = _depth(subject, called, [*way, key], depths)
            if isinstance(found, list):
                return found
            depths[key] = found
        deepest = max(deepest, depths[key])
    return 1 + deepest


def called_by(model: FlowModel) -> list[str]:
    return [element.flow for element in model.elements.values() if isinstance(element, CallActivity)]
