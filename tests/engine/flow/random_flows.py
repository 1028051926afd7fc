"""Random flows of nested blocks: choices, forks, inclusive forks, sub-processes, loops over tasks.

Conditions read only what the task before them wrote, and no variable is written on two branches.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from engine.flow.model import Json
from tests.engine.flow.runs import element

MAX_SIZE = 60  # elements and flows, after which only tasks are drawn
Edge = tuple[str, str]  # an element, and the condition under which a token leaves it for the next


@dataclass(slots=True)
class Drawing:
    """`loops`: whether tasks may be come to more than once. `calls`: with calls of mutations, without scopes.

    `portable`: for SpiffWorkflow. A gateway chooses what comes after a task. In a loop nothing forks, for its
    joins count what came in earlier turns. In an inclusive fork nothing chooses, for from where that joins it
    follows only the first of several flows back.
    """

    random: Random
    loops: bool = False
    portable: bool = False
    calls: bool = False
    inside: list[str] = field(default_factory=list[str])  # inclusive forks and loops around what is drawn
    elements: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    count: int = 0

    def draw(self) -> list[dict[str, Json]]:
        last = self._chain((self._add("startEvent"), ""), 4, None)
        end = self._add("endEvent")
        self._connect(last, end)
        return self.elements

    def _block(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        """Draws a block behind an element; gives the edge it is left by."""
        if not depth or self.count > MAX_SIZE:
            return self._task(entry, depth, parent)
        kinds = self._kinds()
        return self.random.choice(kinds)(entry, depth, parent)

    def _kinds(self) -> list[Callable[[Edge, int, str | None], Edge]]:
        kinds = [self._task, self._chain, self._chain, self._call if self.calls else self._scope]
        kinds += [self._catch, self._guarded] if self.calls else []
        loops = [self._loop] if self.loops else []
        if not self.portable:
            return [*kinds, self._choice, self._fork, self._inclusive, *loops]
        if "loop" not in self.inside:
            kinds += [self._fork] if "fork" in self.inside else [self._fork, self._inclusive]
        if "fork" not in self.inside:
            kinds += [self._choice, *loops]
        return kinds

    def _task(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        key = self._add("userTask", parent)
        self._connect(entry, key)
        return (key, "")

    def _call(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        """Each call is a mutation of its own, whose result is kept under the element's key; half of them can
        be taken back, knowing all variables of their time.
        """
        key = f"m{self.count + 1}"
        parts: dict[str, Json] = {
            "call": {"query": f"mutation {{ {key} }}"},
            "output": {key: f"result.{key}"},
        }
        if self.random.random() < 0.5:
            undo: dict[str, Json] = {"query": f"mutation {{ undo_{key} }}", "variables": {"then": "vars"}}
            parts["compensate"] = undo
        self._add("mutation", parent, **parts)
        self._connect(entry, key)
        return (key, "")

    def _catch(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        type_ = self.random.choice(["messageCatchEvent", "timerCatchEvent"])
        key = self._add(type_, parent, **self._trigger(type_ == "timerCatchEvent"))
        self._connect(entry, key)
        return (key, "")

    def _guarded(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        """A task with an event that takes its place, or that begins another task beside it."""
        task, interrupting = self._task(entry, depth, parent)[0], self.random.random() < 0.5
        trigger = self._trigger(self.random.random() < 0.5)
        event = self._add("boundaryEvent", parent, attachedTo=task, interrupting=interrupting, **trigger)
        other = self._task((event, ""), depth, parent)
        if not interrupting:
            self._connect(other, self._add("endEvent", parent))
            return (task, "")
        merge = self._add("exclusiveGateway", parent)
        self._connect((task, ""), merge)
        self._connect(other, merge)
        return (merge, "")

    def _trigger(self, timer: bool) -> dict[str, Json]:
        return {"duration": "PT1H"} if timer else {"message": f"of{self.count}"}

    def _chain(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        for _ in range(self.random.randint(1, 3)):
            entry = self._block(entry, depth - 1, parent)
        return entry

    def _choice(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        task, _ = self._task(entry, depth, parent)
        fork, merge = self._add("exclusiveGateway", parent), self._add("exclusiveGateway", parent)
        self._connect((task, ""), fork)
        for branch in range(2):
            self._connect(self._block((fork, f"vars.{task} % 2 == {branch}"), depth - 1, parent), merge)
        return (merge, "")

    def _fork(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        fork, join = self._add("parallelGateway", parent), self._add("parallelGateway", parent)
        self._connect(entry, fork)
        for _ in range(self.random.randint(2, 3)):
            self._connect(self._block((fork, ""), depth - 1, parent), join)
        return (join, "")

    def _inclusive(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        task, _ = self._task(entry, depth, parent)
        fork, join = self._add("inclusiveGateway", parent), self._add("inclusiveGateway", parent)
        self._connect((task, ""), fork)
        self.inside.append("fork")
        for bit in (1, 2, 4):  # of a value from 1 to 7: at least one of them
            self._connect(self._block((fork, f"vars.{task} / {bit} % 2 == 1"), depth - 1, parent), join)
        self.inside.pop()
        return (join, "")

    def _scope(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        scope = self._add("subProcess", parent)
        self._connect(entry, scope)
        inner = self._block((self._add("startEvent", scope), ""), depth - 1, scope)
        self._connect(inner, self._add("endEvent", scope))
        return (scope, "")

    def _loop(self, entry: Edge, depth: int, parent: str | None) -> Edge:
        head = self._add("exclusiveGateway", parent)
        self._connect(entry, head)
        self.inside.append("loop")
        task, _ = self._task(self._block((head, ""), depth - 1, parent), depth, parent)
        self.inside.pop()
        last = task
        if self.portable:
            last = self._add("exclusiveGateway", parent)
            self._connect((task, ""), last)
        self._connect((last, f"vars.{task} > 4"), head)
        return (last, f"vars.{task} <= 4")

    def _add(self, type_: str, parent: str | None = None, **fields: Json) -> str:
        """Its key begins as its type does; a call counts as of type `mutation`."""
        self.count += 1
        key = f"{type_[0]}{self.count}"
        type_ = "serviceTask" if type_ == "mutation" else type_
        self.elements.append(element(type_, key, **({"parent": parent} if parent else {}), **fields))
        return key

    def _connect(self, edge: Edge, target: str) -> None:
        source, condition = edge
        self.count += 1
        flow: dict[str, Json] = {"source": source, "target": target}
        flow |= {"condition": condition} if condition else {}
        self.elements.append(element("sequenceFlow", f"f{self.count}", **flow))
