"""What can be wrong with a flow before it is deployed: one rule, one file. None of them raises.

What reading finds is not repeated here: `engine/flow/reading.py` and the formats report on their own.
`PROBLEM_CODES` is the one table of all codes a model can have.
"""

from collections.abc import Callable

from engine.flow.checks.branches import check_branches
from engine.flow.checks.called_flows import check_called_flows
from engine.flow.checks.codes import PROBLEM_CODES
from engine.flow.checks.ends import check_ends
from engine.flow.checks.events import check_events
from engine.flow.checks.expressions import check_expressions
from engine.flow.checks.forms import check_forms
from engine.flow.checks.loops import check_loops
from engine.flow.checks.pairs import check_pairs
from engine.flow.checks.parallel_writes import check_parallel_writes
from engine.flow.checks.reachability import check_reachability
from engine.flow.checks.references import check_references
from engine.flow.checks.resources import check_resources
from engine.flow.checks.scopes import check_scopes
from engine.flow.checks.subject import CheckContext, Subject
from engine.flow.model import FlowModel
from engine.problem import Problem

__all__ = ["CHECKS", "PROBLEM_CODES", "Check", "CheckContext", "Subject", "check_model", "in_order"]

Check = Callable[[Subject], None]
CHECKS: tuple[Check, ...] = (
    check_ends,
    check_references,
    check_scopes,
    check_reachability,
    check_branches,
    check_pairs,
    check_events,
    check_loops,
    check_forms,
    check_resources,
    check_expressions,
    check_parallel_writes,
    check_called_flows,
)
MAX_ELEMENTS = 1_000  # and twice as many sequence flows: comparing all branches of all forks then takes 2 s


def check_model(
    model: FlowModel, context: CheckContext | None = None, checks: tuple[Check, ...] = CHECKS
) -> list[Problem]:
    """Everything wrong with a model, in the order of its elements. An ERROR forbids deploying it.

    A model without elements has none of these problems: reading said why it is empty.
    """
    subject = Subject(model, context or CheckContext())
    if len(model.elements) > MAX_ELEMENTS or len(model.flows) > 2 * MAX_ELEMENTS:
        subject.error("MODEL_TOO_LARGE", f"a flow has at most {MAX_ELEMENTS:,} elements", None)
    elif model.elements:
        for check in checks:
            check(subject)
    return in_order(model, subject.problems.found)


def in_order(model: FlowModel, problems: list[Problem]) -> list[Problem]:
    """Sorted as the model lists its elements and flows; what is of the whole model comes first."""
    order = {key: place for place, key in enumerate([*model.elements, *model.flows], start=1)}

    def place(problem: Problem) -> int:
        key = (problem.path or "").partition("/")[0]
        return order.get(key, len(order) + 1) if key else 0  # pyright: ignore[reportArgumentType, reportCallIssue] # a text that is no key has no place

    return sorted(problems, key=place)
