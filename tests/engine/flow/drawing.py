"""Models for tests, drawn in a line each: `drawn({"ask": "userTask"}, "start > ask > end")`."""

from itertools import pairwise
from typing import Any

from engine.flow.checks import CheckContext, check_model
from engine.flow.model import FlowModel
from engine.flow.reading import read_model
from engine.problem import Problem

Raw = dict[str, Any]  # JSON, of which tests write wrong parts on purpose


def drawn(elements: dict[str, Any], *lines: str, **top: Any) -> Raw:
    """Elements by key, each a type or an object with one; `start` and `end` need not be named.

    A line is `a > b > c`, or `a > b : condition`. Flows have the keys `a-b`, and `a-b-2` for the second.
    """
    named = {"start": "startEvent", **elements, "end": "endEvent"}
    listed: list[Raw] = [
        {"key": key, **({"type": each} if isinstance(each, str) else each)} for key, each in named.items()
    ]
    keys: set[str] = set()
    for line in lines:
        way, _, condition = line.partition(" : ")
        stops = [stop.strip() for stop in way.split(">")]
        for source, target in pairwise(stops):
            key = f"{source}-{target}"
            key = next(name for name in (key, f"{key}-2", f"{key}-3") if name not in keys)
            keys.add(key)
            flow = {"key": key, "type": "sequenceFlow", "source": source, "target": target}
            listed.append({**flow, **({"condition": condition.strip()} if condition else {})})
    return {"elements": listed, **top}


def whole(raw: Raw) -> FlowModel:
    """The model of JSON that has nothing wrong to read."""
    model, problems = read_model(raw)
    assert problems == []
    return model


def told(problems: list[Problem]) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.path) for problem in problems]


def found(raw: Raw, context: CheckContext | None = None) -> list[tuple[str, str | None, str]]:
    """What the checks say, without reading's own problems: code, path, severity."""
    problems = check_model(read_model(raw)[0], context)
    return [(problem.code, problem.path, problem.severity.name) for problem in problems]
