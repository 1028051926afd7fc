"""The rules of a run in their simplest form: what an instance has to equal after every step.

Slow and plain on purpose, and importing nothing of the engine. It takes models as clients write them, with
tasks, gateways and events, told from outside when one happens; no scopes, no called flows.
"""

import copy
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any  # values are any JSON; this model looks into none of them

from tests.engine.flow.reference_conditions import Refused, Values, evaluate, holds
from tests.engine.flow.reference_graph import Graph, spread

Scope = tuple[str, str | None]  # of an idempotency key: what is done by whom, the key
Took = tuple[str, str]  # a token: the sequence flow it came by, and the id of the node that sent it


class CallBroke(Exception):
    """An answer of the outside world: the call failed for good."""


@dataclass
class Node:
    """One visit of an element, `ask#2` its second."""

    id: str
    element: str
    took: list[Took]
    status: str = "ACTIVE"
    order: int = 0
    changed: Values = field(default_factory=Values)
    by: str | None = None


class Reference:
    """One instance. `answer` is asked for the result of a call, once for each node: element, variables."""

    def __init__(self, model: Mapping[str, Any], answer: Callable[[str, Values], Any]) -> None:
        self.graph = Graph(model)
        self.flows, self.elements, self.catching = self.graph.flows, self.graph.elements, self.graph.catching
        self.answer = answer
        self.status = "NEW"
        self.start_variables: Values = {}
        self.nodes: dict[str, Node] = {}
        self.tokens: list[Took] = []  # waiting at joins
        self.done: dict[Scope, tuple[object, list[str]]] = {}
        self.moving: deque[Took] = deque()
        self.compensated: list[tuple[str, Values]] = []
        self.completions = self.effects = 0  # mutations run in this step

    @property
    def open_tasks(self) -> list[str]:
        return sorted(node.id for node in self._with_status("ACTIVE") if self._is_task(node))

    @property
    def awaited(self) -> list[str]:
        """Events that may happen now."""
        active = {node.element for node in self._with_status("ACTIVE")}
        hosts = {key: each.get("attachedTo", key) for key, each in self.elements.items()}
        return [key for key in hosts if hosts[key] in active and (hosts[key] != key or key in self.catching)]

    @property
    def completed_tasks(self) -> list[str]:
        return [node.id for node in self._completed() if self._is_task(node)]

    @property
    def incidents(self) -> list[str]:
        return sorted(node.id for node in self._with_status("FAILED"))

    @property
    def variables(self) -> Values:
        return self._variables_until(self.completions)

    def start(self, variables: Values) -> None:
        def act() -> None:
            self.status, self.start_variables = "RUNNING", dict(variables)
            self._enter(self.graph.begin, [])

        self._step(act)

    def commit(self, task: str, values: Values, *, by: str = "owner", key: str | None = None) -> list[str]:
        """The open tasks after it, or those after the step that it repeats."""

        def act() -> None:
            node = self._find_task(task)
            if key is None and (node.status, node.by, node.changed) == ("COMPLETED", by, values):
                return
            self._must_be_open(node)
            node.by = by
            self._leave(node, values)

        return self._under_key((f"commit by {by}", key), (task, values), act)

    def rollback(self, task: str, *, to: str | None = None, key: str | None = None) -> list[str]:
        def act() -> None:
            self._must_be_open(self._find_task(task))
            target = to or self._previous(task)
            if target not in self.completed_tasks:
                raise Refused("ROLLBACK_IMPOSSIBLE")
            self._roll_back(target)

        return self._under_key(("rollback", key), (task, to), act)

    def terminate(self) -> None:
        if self.status != "RUNNING":
            raise Refused("INSTANCE_NOT_RUNNING")
        self._end("TERMINATED")

    def retry(self, failed: str) -> list[str]:
        """A node that failed is run anew; what it did before is not undone."""
        self._step(lambda: self._run(self.nodes[failed]))
        return self.open_tasks

    def happen(self, event: str) -> None:
        """A catch event goes on; a boundary event begins beside its open host, or instead of it."""
        waiting = self.elements[event].get("attachedTo", event)
        host = next(node for node in self._with_status("ACTIVE") if node.element == waiting)

        def act() -> None:
            self.effects = 1  # nobody waits for the answer: a fault is an incident
            if host.element == event:
                return self._run(host)
            if self.elements[event].get("interrupting", True):
                host.status = "CANCELLED"
            return self._enter(event, [("", host.id)])

        self._step(act)

    def _find_task(self, task: str) -> Node:
        if task not in self.nodes or not self._is_task(self.nodes[task]):
            raise Refused("TASK_NOT_FOUND")
        return self.nodes[task]

    def _must_be_open(self, node: Node) -> None:
        if self.status != "RUNNING":
            raise Refused("INSTANCE_NOT_RUNNING")
        if node.status != "ACTIVE":
            raise Refused("TASK_NOT_OPEN")

    def _under_key(self, scope: Scope, given: object, act: Callable[[], None]) -> list[str]:
        if scope in self.done:
            before, tasks = self.done[scope]
            if before != given:
                raise Refused("IDEMPOTENCY_KEY_REUSED")
            return tasks
        self._step(act)
        if scope[1] is not None:
            self.done[scope] = (copy.deepcopy(given), self.open_tasks)
        return self.open_tasks

    def _step(self, act: Callable[[], None]) -> None:
        """All or nothing."""
        fixed = {"answer", "graph", "flows", "elements", "catching"}
        before = copy.deepcopy({name: value for name, value in vars(self).items() if name not in fixed})
        self.effects = 0
        try:
            act()
            self._settle()
        except Refused:
            vars(self).update(before)
            raise

    def _settle(self) -> None:
        """Moves tokens until all wait, inclusive joins last. A loop without a task would not end."""
        while self.status == "RUNNING":
            if self.moving:
                self._arrive(*self.moving.popleft())
            elif not any(self._fire_inclusive(key) for key in self.elements):
                break
        if self.status == "RUNNING" and not self.tokens and not self._with_status("ACTIVE", "FAILED"):
            self.status = "COMPLETED"

    def _with_status(self, *statuses: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.status in statuses]

    def _arrive(self, flow: str, source: str) -> None:
        target = self.flows[flow]["target"]
        joins = self.elements[target]["type"] in {"parallelGateway", "inclusiveGateway"}
        incoming = self.graph.incoming[target]
        if not joins or len(incoming) < 2:
            self._enter(target, [(flow, source)])
            return
        self.tokens.append((flow, source))
        if self.elements[target]["type"] == "parallelGateway" and all(map(self._first_on, incoming)):
            self._join(target)

    def _fire_inclusive(self, key: str) -> bool:
        """One token or more, and none elsewhere that can come by empty flows alone without a visit."""
        sources = [(self.flows[flow]["source"], self._first_on(flow)) for flow in self.graph.incoming[key]]
        empty, filled = ({name for name, token in sources if bool(token) is there} for there in (False, True))
        if self.elements[key]["type"] != "inclusiveGateway" or not filled:
            return False
        elsewhere = {node.element for node in self._with_status("ACTIVE", "FAILED")}
        elsewhere |= {self.flows[flow]["target"] for flow, _ in self.tokens} - {key}
        reached = [self.graph.reach(place, avoiding=key) for place in elsewhere]
        if any(places & empty and not places & filled for places in reached):
            return False
        self._join(key)
        return True

    def _join(self, key: str) -> None:
        took = [token for token in map(self._first_on, self.graph.incoming[key]) if token is not None]
        for token in took:
            self.tokens.remove(token)
        self._enter(key, took)

    def _first_on(self, flow: str) -> Took | None:
        return next((token for token in self.tokens if token[0] == flow), None)

    def _enter(self, key: str, took: list[Took]) -> None:
        visit = Counter(node.element for node in self.nodes.values())[key] + 1
        node = Node(id=f"{key}#{visit}", element=key, took=list(took))
        self.nodes[node.id] = node
        if not self._is_task(node) and key not in self.catching:
            self._run(node)

    def _run(self, node: Node) -> None:
        """All but a user task: what it does, and on. A fault after an effect is an incident, else refused."""
        element, scope = self.elements[node.element], {"vars": self.variables, "reads": Values()}
        try:
            if "call" in element:
                self.effects += element["call"]["query"].lstrip().startswith("mutation")
                scope["result"] = self.answer(node.element, self.variables)
            output = element.get("output", {}) if element["type"] == "serviceTask" else {}
            self._leave(node, {name: evaluate(text, scope) for name, text in output.items()})
        except (CallBroke, Refused) as fault:
            if isinstance(fault, Refused) and not self.effects:
                raise
            node.status = "FAILED"

    def _leave(self, node: Node, changed: Values) -> None:
        taken = self._taken(node.element, {"vars": {**self.variables, **changed}, "reads": {}})
        self.completions += 1
        node.status, node.order, node.changed = "COMPLETED", self.completions, dict(changed)
        self.moving.extend((flow, node.id) for flow in taken)
        if self.elements[node.element].get("terminate"):
            self._end("COMPLETED")

    def _taken(self, key: str, scope: Values) -> list[str]:
        element, flows = self.elements[key], self.graph.outgoing(key)
        chooses = element["type"] == "exclusiveGateway" or (element["type"] == "userTask" and len(flows) > 1)
        if not chooses and element["type"] != "inclusiveGateway":
            return flows
        held = []
        for flow in flows:
            condition = self.flows[flow].get("condition")
            if flow == element.get("default") or (chooses and held):
                continue
            if condition is None or holds(condition, scope):
                held.append(flow)
        if not held and element.get("default"):
            held = [element["default"]]
        if not held and flows:
            raise Refused("NO_BRANCH_TAKEN")
        return held

    def _is_task(self, node: Node) -> bool:
        return self.elements[node.element]["type"] == "userTask"

    def _end(self, status: str) -> None:
        self.status, self.tokens = status, []
        for node in self._with_status("ACTIVE", "FAILED"):
            node.status = "CANCELLED"

    def _completed(self) -> list[Node]:
        return sorted(self._with_status("COMPLETED"), key=lambda node: node.order)

    def _variables_until(self, order: int) -> Values:
        values = dict(self.start_variables)
        for node in self._completed():
            values |= node.changed if node.order <= order else {}
        return values

    def _previous(self, task: str) -> str:
        before = self._ancestors(task)
        tasks = [name for name in self.completed_tasks if name in before]
        if not tasks:
            raise Refused("ROLLBACK_IMPOSSIBLE")
        return tasks[-1]

    def _ancestors(self, node: str) -> set[str]:
        return spread(node, lambda name: {source for _, source in self.nodes[name].took}) - {node}

    def _roll_back(self, target: str) -> None:
        """The target and all that descends from it are undone; others' tokens wait again at undone joins."""
        after = [name for name in self.nodes if name == target or target in self._ancestors(name)]
        undone = [name for name in after if self.nodes[name].status != "ROLLED_BACK"]
        for node in reversed(self._completed()):
            if node.id in undone and self.elements[node.element].get("compensate"):
                self.compensated.append((node.element, self._variables_until(node.order)))
        self.tokens = [token for token in self.tokens if token[1] not in undone]
        for name in undone:
            node = self.nodes[name]
            node.status = "ROLLED_BACK"
            if name != target:
                self.tokens.extend(token for token in node.took if token[1] not in undone)
        self._enter(self.nodes[target].element, self.nodes[target].took)
