"""Small models in JSON of ours, written as chains: a task here, a call there."""

from itertools import pairwise
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]  # Any: a model as a person writes it


def model(*elements: Json, **more: Any) -> Json:  # Any: further parts of a model
    return {"elements": list(elements), **more}


def chain(*elements: Json, **more: Any) -> Json:  # Any: as above
    """A start, these one after the other, an end."""
    whole = [{"key": "start", "type": "startEvent"}, *elements, {"key": "end", "type": "endEvent"}]
    flows = [flow(f"to_{later['key']}", earlier["key"], later["key"]) for earlier, later in pairwise(whole)]
    return model(*whole, *flows, **more)


def flow(key: str, source: str, target: str, condition: str | None = None) -> Json:
    one = {"key": key, "type": "sequenceFlow", "source": source, "target": target}
    return one if condition is None else {**one, "condition": condition}


def task(key: str, **more: Any) -> Json:  # Any: as above
    return {"key": key, "type": "userTask", **more}


def call(key: str, query: str, **more: Any) -> Json:  # Any: as above
    return {"key": key, "type": "serviceTask", "call": {"query": query}, **more}


def called(key: str, flow_key: str, **more: Any) -> Json:  # Any: as above
    return {"key": key, "type": "callActivity", "flow": flow_key, **more}
