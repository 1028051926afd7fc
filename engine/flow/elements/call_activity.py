"""The call activity: runs another flow, once or for each item of a list, each as an instance of its own.

What runs and what came back is kept in the node's `state`: of every item its index, as a text.
`children` runs, `results` came back, `failed` did not; `items` is the list as it was on entry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import cast

from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments, Visit, reads_in
from engine.flow.elements.outcomes import ChildWanted, Outcome, Suspended
from engine.flow.elements.signals import ChildEnded, Signal
from engine.flow.errors import ConditionFailed, StepLimitExceeded
from engine.flow.expressions import FlowExpression
from engine.flow.instance import InstanceId, NodeInstance, Variables
from engine.flow.model import CallActivity, Json, Loop

MAX_ITEMS = 1_000  # of a list: each is an instance of its own
CompiledMapping = dict[str, FlowExpression] | None  # None: all variables


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompiledLoop:
    loop: Loop
    over: FlowExpression
    until: FlowExpression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Executor:
    called: CallActivity
    input: CompiledMapping
    output: CompiledMapping
    loop: _CompiledLoop | None
    moments: Moments

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        state = _State.of(visit.node)
        if isinstance(signal, ChildEnded):
            return self._collect(visit, state, signal)
        if state.failed:
            again, state.failed = state.failed, []
            return self._run(visit, state, [int(index) for index in again])
        if self.loop is None:
            return self._run(visit, state, [0])
        state.items = self._items(visit, self.loop)
        if not state.items:
            return self._leave(visit, state)
        first = 1 if self.loop.loop.sequential else len(state.items)
        return self._run(visit, state, list(range(first)))

    def _collect(self, visit: Visit, state: "_State", ended: ChildEnded) -> Outcome:
        output = self._output(visit, ended.variables)
        state.children.pop(str(ended.index), None)
        state.results[str(ended.index)] = cast("Json", output)
        if self.loop is None:
            return self._leave(visit, state)
        if self.loop.until and self.loop.until.holds(visit.bindings(results=state.in_order())):
            return self._leave(visit, state)
        following = len(state.results)
        if self.loop.loop.sequential and following < len(state.items):
            return self._run(visit, state, [following])
        return Suspended(state=state.kept()) if state.children else self._leave(visit, state)

    def _run(self, visit: Visit, state: "_State", indexes: Sequence[int]) -> Suspended:
        wanted: list[ChildWanted] = []
        for index in indexes:
            child = child_id(visit.instance, visit.node, len(visit.node.children) + len(wanted))
            state.children[str(index)] = child
            wanted.append(
                ChildWanted(
                    id=child,
                    node=visit.node.id,
                    element=visit.element.key,
                    flow=self.called.flow,
                    latest=self.called.latest,
                    index=index,
                    variables=self._input(visit, state, index),
                )
            )
        return Suspended(children=tuple(wanted), state=state.kept())

    def _input(self, visit: Visit, state: "_State", index: int) -> Variables:
        item: Variables = {self.loop.loop.item: state.items[index]} if self.loop else {}
        if self.input is None:
            return {**visit.variables, **item}
        return {**visit.values(self.input, **item), **item}

    def _output(self, visit: Visit, result: Variables) -> Variables:
        return dict(result) if self.output is None else visit.values(self.output, result=result)

    def _items(self, visit: Visit, loop: _CompiledLoop) -> list[Json]:
        items = loop.over.value(visit.bindings())
        if not isinstance(items, list):
            reason = "a loop runs over a list"
            raise ConditionFailed(element=visit.element.key, expression=loop.loop.over, reason=reason)
        if len(items) > MAX_ITEMS:
            raise StepLimitExceeded(limit=f"{MAX_ITEMS} items of a loop", value=len(items))
        return items

    def _leave(self, visit: Visit, state: "_State") -> Outcome:
        """Without the called flows that still run, where a loop ended early."""
        abandoned = tuple(InstanceId(str(child)) for child in state.children.values())
        state.children = {}
        left = advance_by_all(visit, changed=self._changed(state.in_order()))
        return replace(left, abandoned=abandoned, state=state.kept())

    def _changed(self, results: list[Json]) -> Variables:
        if self.loop and self.loop.loop.collect:
            return {self.loop.loop.collect: results}
        changed: Variables = {}
        for result in results:
            changed.update(cast("Variables", result))
        return changed


@dataclass(slots=True, kw_only=True)
class _State:
    """A node's `state` read for change, as a copy: the visit's is only to be read."""

    items: list[Json]
    children: dict[str, Json]
    results: dict[str, Json]
    failed: list[str]

    @staticmethod
    def of(node: NodeInstance) -> "_State":
        state = cast("Mapping[str, list[Json]]", node.state)
        return _State(
            items=state.get("items", []),
            children=dict(cast("Mapping[str, Json]", state.get("children", {}))),
            results=dict(cast("Mapping[str, Json]", state.get("results", {}))),
            failed=[str(index) for index in state.get("failed", [])],
        )

    def in_order(self) -> list[Json]:
        return [self.results[index] for index in sorted(self.results, key=int)]

    def kept(self) -> Variables:
        return {
            "items": self.items,
            "children": self.children,
            "results": self.results,
            "failed": list[Json](self.failed),
        }


def running_children(node: NodeInstance) -> list[InstanceId]:
    """The called instances that a call activity still waits for."""
    return [InstanceId(str(child)) for child in _State.of(node).children.values()]


def mark_failed(node: NodeInstance, index: int) -> None:
    """The called instance at `index` will not end: a retry runs it anew, as another instance."""
    state = _State.of(node)
    state.children.pop(str(index), None)
    state.failed.append(str(index))
    node.state = {**node.state, **state.kept()}


def mark_running(node: NodeInstance, index: int, child: InstanceId) -> None:
    """The called instance at `index`, which had ended, runs again: it was rolled back."""
    state = _State.of(node)
    state.results.pop(str(index), None)
    state.children[str(index)] = child
    node.state = {**node.state, **state.kept()}


def child_id(instance: InstanceId, node: NodeInstance, number: int) -> InstanceId:
    """Of the called instance a node starts as its `number`th: the same however often the step is made."""
    digest = blake2b(f"{instance}.{node.id}.{number}".encode(), digest_size=16)
    return InstanceId(digest.hexdigest())


def _compile(element: CallActivity, compiling: Compiling) -> ElementExecutor:
    item = element.loop.item if element.loop else None
    given = _mapping(element.input, compiling, also=item)
    output = _mapping(element.output, compiling)
    loop = _compile_loop(element.loop, compiling) if element.loop else None
    enters = reads_in((given or {}).values()) or (loop is not None and reads_in([loop.over]))
    leaves = compiling.branches_on_reads or reads_in((output or {}).values())
    again = element.loop is not None and reads_in([*(given or {}).values(), loop.until if loop else None])
    return _Executor(
        called=element,
        input=given,
        output=output,
        loop=loop,
        moments=Moments(entered=enters, resumed=leaves or again),
    )


def _compile_loop(loop: Loop, compiling: Compiling) -> _CompiledLoop:
    until = compiling.expression(loop.until) if loop.until else None
    return _CompiledLoop(loop=loop, over=compiling.expression(loop.over), until=until)


def _mapping(
    mapped: str | Mapping[str, str], compiling: Compiling, *, also: str | None = None
) -> CompiledMapping:
    if isinstance(mapped, str):
        return None if mapped == "full" else {}
    return compiling.expressions(mapped, also=also)


CALL_ACTIVITY = ElementType(name="callActivity", model=CallActivity, compile=_compile)
