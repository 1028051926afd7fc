"""Read the runs out of the guide of flows: models that are deployed together, then lines that drive them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import orjson

from tests.docs.guide import Block, Exchange, Json, exchanges_of, read_blocks

DONE = re.compile(r"(?P<verb>[a-z]+)(?: (?P<of>[A-Za-z]\w*))?(?: to (?P<to>\w+))?(?: +(?P<given>\{.*\}))?")
THEN = re.compile(r"(?P<opens>[^{]+?)(?: (?P<variables>\{.*\}))?")
PROBLEM = re.compile(r"(\S+) ([A-Z_]+): (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a run: what is done, and what is open after it or which refusal it gets."""

    line: str
    verb: str
    of: str
    to: str | None
    given: Json
    opens: str
    variables: Json


@dataclass(slots=True, kw_only=True)
class FlowExample:
    """Flows deployed in their order; what they are asked to do, or what checking the last one says."""

    title: str
    flows: dict[str, Json] = field(default_factory=dict[str, Json])
    exchanges: tuple[Exchange, ...] = ()
    steps: tuple[Step, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowGuide:
    modules: dict[str, str]
    examples: list[FlowExample]


def read_flow_guide(path: Path) -> FlowGuide:
    """Raises ValueError for a block or line that means nothing."""
    blocks = list(read_blocks(path))
    modules = {block.name: block.text for block in blocks if block.kind == "module"}
    return FlowGuide(modules=modules, examples=list(_examples(blocks)))


def _examples(blocks: list[Block]) -> Iterator[FlowExample]:
    example: FlowExample | None = None
    for block in blocks:
        match block.kind:
            case "module":
                continue
            case "flow":
                if example is None or example.steps or example.problems:
                    if example is not None:
                        yield example
                    example = FlowExample(title=block.heading)
                example.flows[block.name] = _object(block.text)
            case "upstream" if example is not None:
                example.exchanges = exchanges_of(block.text)
            case "run" if example is not None:
                example.steps = tuple(map(_step, block.text.splitlines()))
            case "problems" if example is not None:
                example.problems = tuple(map(_problem, block.text.splitlines()))
            case _:
                raise ValueError(f"{block.heading}: a block of kind {block.kind} means nothing here")
    if example is not None:
        yield example


def _step(line: str) -> Step:
    """`verb of to {…}  → opens {…}`; a line about the caller has nothing after it."""
    done, _, then = map(str.strip, line.partition("→"))
    found, after = DONE.fullmatch(done), THEN.fullmatch(then or "nothing")
    if found is None or after is None:
        raise ValueError(f"no line of a run: {line}")
    return Step(
        line=line,
        verb=found["verb"],
        of=found["of"] or "",
        to=found["to"],
        given=_object(found["given"] or "{}"),
        opens=after["opens"],
        variables=_object(after["variables"] or "{}"),
    )


def _problem(line: str) -> tuple[str, str, str]:
    found = PROBLEM.fullmatch(line)
    if found is None:
        raise ValueError(f"no problem: {line}")
    return found[1], found[2], found[3]


def _object(text: str) -> Json:
    return cast(Json, orjson.loads(text))  # an object, or the test that reads it fails
