"""Random well-formed flows: sequences, choices, blocks and loops of user tasks, nested in each other.

Within the limits in which engines agree: a task writes one variable of its own, conditions read variables
that the same path has written before, no loop leads into a block, and every loop passes a task.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

Raw = dict[str, Any]
START_VARIABLES: Mapping[str, int] = {"v0": 1}
MAX_DEPTH = 3  # of blocks within blocks
VALUES = range(3)  # what a task writes


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomFlow:
    """`raw` in format PAIFANG. To commit a task, give its variable one of `VALUES`."""

    raw: Raw
    tasks: tuple[str, ...]

    def variable_of(self, task: str) -> str:
        return task.replace("task", "v")


def as_python(condition: str) -> str:
    """A condition of a random flow as an expression of Python, over bare names."""
    text = re.sub(r"\bvars\.", "", condition)
    return re.sub(r"!(?!=)", " not ", text.replace("&&", " and ").replace("||", " or "))


@st.composite
def random_flows(draw: st.DrawFn, *, size: int = 12) -> RandomFlow:
    """About `size` tasks and blocks. It shrinks to start → task → end."""
    build = _Build(draw=draw, left=draw(st.integers(1, size)))
    first, last = build.add("startEvent"), build.add("endEvent")
    enter, leave, _ = build.sequence(("v0",), depth=0)
    build.connect(first, enter)
    build.connect(leave, last)
    tasks = tuple(each["key"] for each in build.elements if each["type"] == "userTask")
    return RandomFlow(raw={"elements": [*build.elements, *build.flows]}, tasks=tasks)


Part = tuple[str, str, tuple[str, ...]]  # where it is entered, where it is left, what is then known


@dataclass(slots=True, kw_only=True)
class _Build:
    draw: st.DrawFn
    left: int  # blocks that may still be made
    elements: list[Raw] = field(default_factory=list[Raw])
    flows: list[Raw] = field(default_factory=list[Raw])
    count: int = 0

    def add(self, type_: str, **parts: Any) -> str:
        """Keys say what it is: `task3`, `exclusive5`."""
        self.count += 1
        stem = "task" if type_ == "userTask" else re.sub(r"(Gateway|Event)$", "", type_)
        key = f"{stem}{self.count}"
        self.elements.append({"key": key, "type": type_, **parts})
        return key

    def connect(self, source: str, target: str, condition: str | None = None) -> str:
        key = f"flow{len(self.flows) + 1}"
        flow = {"key": key, "type": "sequenceFlow", "source": source, "target": target}
        self.flows.append({**flow, **({"condition": condition} if condition else {})})
        return key

    def sequence(self, known: tuple[str, ...], depth: int) -> Part:
        enter, leave, known = self.part(known, depth)
        while self.left > 0 and self.draw(st.booleans()):
            following, last, known = self.part(known, depth)
            self.connect(leave, following)
            leave = last
        return enter, leave, known

    def part(self, known: tuple[str, ...], depth: int) -> Part:
        self.left -= 1
        kinds = (
            ["task"] if depth > 3 or self.left <= 0 else ["task", "choice", "parallel", "inclusive", "loop"]
        )
        match self.draw(st.sampled_from(kinds)):
            case "choice":
                return self.choice("exclusiveGateway", known, depth)
            case "inclusive":
                return self.choice("inclusiveGateway", known, depth)
            case "parallel":
                return self.parallel(known, depth)
            case "loop":
                return self.loop(known, depth)
            case _:
                return self.task(known)

    def task(self, known: tuple[str, ...]) -> Part:
        key = self.add("userTask")
        return key, key, (*known, key.replace("task", "v"))

    def choice(self, type_: str, known: tuple[str, ...], depth: int) -> Part:
        """Branches with conditions and one without, the default; a branch may be empty."""
        split, join = self.add(type_), self.add(type_)
        branches = self.draw(st.integers(1, 3))
        for at in range(branches + 1):
            condition = self.condition(known) if at < branches else None
            if self.draw(st.booleans()) or at == 0:
                enter, leave, _ = self.sequence(known, depth + 1)
                key = self.connect(split, enter, condition)
                self.connect(leave, join)
            else:
                key = self.connect(split, join, condition)
            if condition is None:
                next(each for each in self.elements if each["key"] == split)["default"] = key
        return split, join, known

    def parallel(self, known: tuple[str, ...], depth: int) -> Part:
        fork, join = self.add("parallelGateway"), self.add("parallelGateway")
        after = known
        for _ in range(self.draw(st.integers(2, 3))):
            enter, leave, written = self.sequence(known, depth + 1)
            after = (*after, *(name for name in written if name not in after))
            self.connect(fork, enter)
            self.connect(leave, join)
        return fork, join, after

    def loop(self, known: tuple[str, ...], depth: int) -> Part:
        """A task that decides, and what comes with it, until its answer says so."""
        again = self.add("exclusiveGateway")
        enter, leave, within = self.sequence(known, depth + 1)
        decide, _, after = self.task(within)
        split = self.add("exclusiveGateway")
        self.connect(again, enter)
        self.connect(leave, decide)
        self.connect(decide, split)
        self.connect(split, again, f"vars.{after[-1]} == 1")
        self.elements[-1]["default"] = key = f"flow{len(self.flows) + 1}"
        end = self.add("exclusiveGateway")  # so that what follows is connected as behind any other part
        assert self.connect(split, end) == key
        return again, end, after

    def condition(self, known: tuple[str, ...]) -> str:
        name = self.draw(st.sampled_from(known))
        value = self.draw(st.sampled_from(VALUES))
        comparison = f"vars.{name} {self.draw(st.sampled_from(['==', '!=', '<', '>=']))} {value}"
        match self.draw(st.sampled_from(["plain", "not", "and", "or"])):
            case "not":
                return f"!({comparison})"
            case "and":
                return f"{comparison} && vars.{self.draw(st.sampled_from(known))} > 0"
            case "or":
                return f"{comparison} || vars.{self.draw(st.sampled_from(known))} == 2"
            case _:
                return comparison
