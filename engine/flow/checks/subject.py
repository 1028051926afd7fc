"""What a check looks at, and where it says what it found."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property

from engine.flow.checks.graph import FlowGraph
from engine.flow.fields import Problems
from engine.flow.forms.table import FormTable, standard_table
from engine.flow.model import Call, FlowModel
from engine.flow.ports import CallType
from engine.problem import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What lies outside the model. A part that is not given is not checked against.

    `flow_key` is the key under which the model is to be deployed, `find_flow` gives the newest deployed model
    of another flow, `describe` checks an operation against the current resource graph, `calendars` are those
    that durations may name.
    """

    flow_key: str | None = None
    find_flow: Callable[[str], FlowModel | None] | None = None
    describe: Callable[[Call], CallType] | None = None
    calendars: Collection[str] | None = None
    forms: FormTable = field(default_factory=standard_table)


class Subject:
    """The model under check. Rules report to it and raise nothing."""

    def __init__(self, model: FlowModel, context: CheckContext) -> None:
        self.model = model
        self.context = context
        self.problems = Problems()
        self._described: dict[tuple[str, str], CallType] = {}

    def describe(self, call: Call) -> CallType | None:
        """What the resource graph knows of an operation, asked once; None where there is no graph to ask."""
        if self.context.describe is None:
            return None
        key = call.query, repr(sorted(call.variables.items()))
        if key not in self._described:
            self._described[key] = self.context.describe(call)
        return self._described[key]

    @cached_property
    def graph(self) -> FlowGraph:
        return FlowGraph(self.model)

    def error(self, code: str, message: str, path: str | None, *, suggestion: str | None = None) -> None:
        self.problems.add(code, message, path, suggestion=suggestion)

    def warn(self, code: str, message: str, path: str, *, suggestion: str | None = None) -> None:
        self.problems.add(code, message, path, suggestion=suggestion, severity=Severity.WARNING)

    def forbid(self, code: str, message: str, path: str, *, suggestion: str | None = None) -> None:
        """An error; in a model imported from another format, which runs there all the same, a warning."""
        severity = Severity.WARNING if self.model.imported else Severity.ERROR
        self.problems.add(code, message, path, suggestion=suggestion, severity=severity)
