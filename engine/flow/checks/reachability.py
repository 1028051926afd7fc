"""Every element can be come to from the start, and from every element an end can be come to."""

from engine.flow.checks.subject import Subject
from engine.flow.model import ElementKey


def check_reachability(subject: Subject) -> None:
    graph, elements = subject.graph, subject.model.elements
    if not graph.starts:  # said already; everything would be unreachable
        return
    reached = graph.reached(graph.starts)
    for key in elements:
        if key not in reached:
            subject.forbid("UNREACHABLE", "no way leads here from the start", key)
    if graph.ends:
        _check_ways_out(subject, reached)


def _check_ways_out(subject: Subject, reached: set[ElementKey]) -> None:
    """Of elements that only lead to each other, the last ones are told, not all before them."""
    graph = subject.graph
    leading = graph.reaching(graph.ends)
    stuck = [key for key in subject.model.elements if key in reached and key not in leading]
    told: set[ElementKey] = {key for key in stuck if not graph.successors.get(key)}
    for key in told:
        subject.forbid("NO_WAY_OUT", "nothing follows here, and it is no end event", key)
    covered = graph.reaching(told)
    for key in stuck:
        if key not in covered:
            subject.forbid("NO_WAY_OUT", "no way leads from here to an end event", key)
            covered |= graph.reaching([key]) | graph.reached([key])
