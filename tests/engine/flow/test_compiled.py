"""Compiling: order of flows, joins, reach, calls told apart, element types of plug-ins."""

from dataclasses import dataclass

import pytest

from engine.flow.compiled import compile_flow
from engine.flow.elements import ELEMENT_TYPES, ElementType
from engine.flow.elements.branching import advance_by_all
from engine.flow.elements.contract import NEVER, Compiling, ElementExecutor, Join, Moments, Visit
from engine.flow.elements.outcomes import Outcome
from engine.flow.elements.signals import Signal
from engine.flow.model import Element, ElementKey, FlowModel, Json, SequenceFlow, StartEvent, UserTask
from engine.flow.reach import reaching
from tests.engine.flow.runs import END, START, element, flows, model_of, run_flow, tasks


def test_flows_leave_in_the_elements_own_order():
    model = [
        START,
        element("exclusiveGateway", "route", outgoing=["route-b", "route-a"], incoming=["start-route"]),
        *tasks("a", "b"),
        END,
        *flows("start > route", "route > a : true", "route > b : true", "a > end", "b > end"),
    ]
    assert run_flow(model).open == ["b"]


def test_an_incoming_flow_that_no_token_can_come_by_is_not_waited_for():
    keys = {key: ElementKey(key) for key in ("start", "join", "dead", "a", "b")}
    flow = compile_flow(
        model_of(
            [
                START,
                element("parallelGateway", "join"),
                *tasks("after"),
                END,
                *flows("start > join > after > end"),
            ]
        )
    )
    assert flow.elements[keys["join"]].join is None
    dead = FlowModel(
        elements={
            **flow.model.elements,
            keys["dead"]: UserTask(key=keys["dead"]),
        },
        flows={
            **flow.model.flows,
            ElementKey("x"): SequenceFlow(key=ElementKey("x"), source=keys["dead"], target=keys["join"]),
        },
    )
    assert compile_flow(dead).elements[keys["join"]].incoming == ("start-join",)


@pytest.mark.parametrize(
    ("query", "mutation"),
    [
        ("{ a }", False),
        ("query { a }", False),
        ("# mutation\nquery mutation { a }", False),
        ("mutation { a }", True),
        ("fragment f on Mutation { a } mutation M { ...f }", True),
    ],
)
def test_a_mutation_is_told_from_a_query_by_its_keyword(query: str, mutation: bool):
    flow = compile_flow(
        model_of(
            [
                START,
                element("serviceTask", "serve", compensate={"query": query}),
                END,
                *flows("start > serve > end"),
            ]
        )
    )
    compensate = flow.elements[ElementKey("serve")].compensate
    assert compensate is not None
    assert compensate.mutation is mutation


def test_who_reaches_a_flow_without_passing_the_join():
    a, b, join, c = (ElementKey(key) for key in ("a", "b", "join", "c"))
    successors = {a: [b, join], b: [join], join: [c], c: [a]}
    assert reaching(b, successors, without=join) == {a, b, c, join}
    assert reaching(b, {a: [b], join: [c]}, without=join) == {a, b}


def test_what_cannot_be_compiled_is_refused_by_name():
    broken: dict[str, Json] = {"query": "query {"}
    with pytest.raises(ValueError, match="serve"):
        compile_flow(
            model_of(
                [START, element("serviceTask", "serve", call=broken), END, *flows("start > serve > end")]
            )
        )
    with pytest.raises(ValueError, match="start event"):
        compile_flow(FlowModel(elements={}, flows={}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp(Element):
    """A type of a plug-in: notes that it was passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampExecutor:
    moments: Moments = NEVER

    def advance(self, visit: Visit, signal: Signal) -> Outcome:
        return advance_by_all(visit, changed={"stamped": visit.now.isoformat()})


def compile_stamp(element: Stamp, compiling: Compiling) -> ElementExecutor:
    return StampExecutor()


def test_a_plug_in_adds_a_type_by_one_row():
    start, stamp, flow = ElementKey("start"), ElementKey("stamp"), ElementKey("flow")
    model = FlowModel(
        elements={start: StartEvent(key=start), stamp: Stamp(key=stamp)},
        flows={flow: SequenceFlow(key=flow, source=start, target=stamp)},
    )
    with pytest.raises(ValueError, match="stamp: there is no element type"):
        compile_flow(model)
    row = ElementType(name="stamp", model=Stamp, compile=compile_stamp)
    compiled = compile_flow(model, [*ELEMENT_TYPES, row])
    assert compiled.types[stamp] == "stamp"
    assert compiled.elements[stamp].join is not Join.PARALLEL
    run = run_flow(compiled)
    assert (run.status, run.variables) == ("COMPLETED", {"stamped": "2030-01-31T09:00:00+00:00"})
