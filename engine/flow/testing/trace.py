"""What a run passed: its steps in order, and how much of the model that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.flow.instance import Instance, InstanceStatus, NodeInstance, Variables
from engine.flow.model import ElementKey, FlowModel
from engine.problem import Problem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStep:
    """A visit of an element; of a called flow, `element` begins with the keys of the call activities.

    `took` are the flows it was left by, `unit` the one whose flow it lies in.
    """

    element: str
    type: str
    took: tuple[ElementKey, ...]
    reads: Variables
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRun:
    """`passed` and `of` are elements and sequence flows of the tested model."""

    status: InstanceStatus
    trace: Sequence[TrialStep]
    variables: Variables
    open_tasks: Sequence[str]
    passed: frozenset[ElementKey]
    of: frozenset[ElementKey]
    problems: Sequence[Problem]

    @classmethod
    def of_none(cls, model: FlowModel, problems: Sequence[Problem]) -> "TrialRun":
        """Of a model that cannot be run, for these problems."""
        return cls(
            status=InstanceStatus.FAILED,
            trace=[],
            variables={},
            open_tasks=[],
            passed=frozenset(),
            of=keys_of(model),
            problems=problems,
        )

    @property
    def coverage(self) -> float:
        return coverage([self])

    @property
    def ok(self) -> bool:
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def coverage(runs: Iterable[TrialRun]) -> float:
    """The share of a model's elements and flows that one of its runs passed."""
    runs = list(runs)
    whole = frozenset[ElementKey]().union(*(run.of for run in runs))
    passed = frozenset[ElementKey]().union(*(run.passed for run in runs))
    return len(passed) / len(whole) if whole else 0.0


def keys_of(model: FlowModel) -> frozenset[ElementKey]:
    return frozenset([*model.elements, *model.flows])


def passed_in(model: FlowModel, runs: Iterable[Sequence[NodeInstance]]) -> frozenset[ElementKey]:
    """Of the nodes of the model's instances."""
    nodes = [node for run in runs for node in run]
    entered = {node.element for node in nodes}
    flows = {key for node in nodes for key in (*node.took, *node.via)}
    return frozenset(entered | flows) & keys_of(model)


def open_elements(instances: Iterable[Instance]) -> list[str]:
    """The elements of all open tasks, in the order they were opened."""
    running = [instance for instance in instances if instance.status is InstanceStatus.RUNNING]
    return [task.element for instance in running for task in instance.tasks.values()]
