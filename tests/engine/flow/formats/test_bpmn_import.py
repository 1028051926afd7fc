"""BPMN of other editors: what ours has is read, all else is named with its line."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.flow.formats import export_bpmn, import_model
from engine.flow.model import (
    BoundaryEvent,
    ElementKey,
    EndEvent,
    MessageCatchEvent,
    TimerCatchEvent,
    UserTask,
)
from engine.problem import Problem, Severity
from tests.engine.flow.formats.test_bpmn import back_and_forth

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:x="urn:vendor" targetNamespace="t"
  xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">
"""


def document(inside: str, beside: str = "", process: str = 'id="p" isExecutable="true"') -> str:
    return f"{HEAD}<process {process}>\n{inside}\n</process>\n{beside}</definitions>"


def one_task(task: str = '<userTask id="ask" name="Ask"/>', beside: str = "", more: str = "") -> str:
    return document(
        f"""<startEvent id="start"/>
{task}
<endEvent id="end"/>
<sequenceFlow id="s1" sourceRef="start" targetRef="ask"/>
<sequenceFlow id="s2" sourceRef="ask" targetRef="end">{more}</sequenceFlow>""",
        beside,
    )


def told(problems: list[Problem]) -> list[tuple[str, str | None, int | None, str]]:
    return [(problem.code, problem.path, problem.line, problem.severity.name) for problem in problems]


DRAWING = """<bpmndi:BPMNDiagram id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="p">
<bpmndi:BPMNShape id="sh" bpmnElement="ask"><dc:Bounds x="1" y="2" width="3" height="4"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="la" bpmnElement="lane1"><dc:Bounds x="1" y="2" width="3" height="4"/></bpmndi:BPMNShape>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""


def test_a_model_of_another_editor_is_read_with_its_drawing() -> None:
    model, problems = import_model("BPMN", one_task(beside=DRAWING))
    assert problems == []
    ask = model.elements[ElementKey("ask")]
    assert isinstance(ask, UserTask)
    assert (ask.name, ask.incoming, ask.outgoing) == ("Ask", ("s1",), ("s2",))
    assert model.imported
    assert model.origin == {"format": "BPMN", "id": "p"}
    assert isinstance(model.diagram, dict)
    assert 'bpmnElement="ask"' in str(model.diagram["bpmn"])
    assert "lane1" not in str(model.diagram["bpmn"])
    assert back_and_forth(model) == model


def test_events_of_others_are_read() -> None:
    inside = """<startEvent id="start"/>
<intermediateCatchEvent id="a"><timerEventDefinition><timeDuration>PT5M</timeDuration></timerEventDefinition>
</intermediateCatchEvent>
<intermediateCatchEvent id="b"><timerEventDefinition><timeDate>2030-01-01T00:00:00Z</timeDate>
</timerEventDefinition></intermediateCatchEvent>
<intermediateCatchEvent id="c"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>
<serviceTask id="d"/>
<boundaryEvent id="e" attachedToRef="d"><errorEventDefinition errorRef="r"/></boundaryEvent>
<boundaryEvent id="f" attachedToRef="d" cancelActivity="false"><errorEventDefinition/></boundaryEvent>
<endEvent id="end"><terminateEventDefinition/></endEvent>"""
    beside = '<message id="m" name="found"/><error id="r" errorCode="NOT_FOUND"/>'
    model, problems = import_model("BPMN", document(inside, beside))
    assert problems == []
    timer, until, message = (model.elements[ElementKey(key)] for key in "abc")
    assert isinstance(timer, TimerCatchEvent)
    assert isinstance(until, TimerCatchEvent)
    assert isinstance(message, MessageCatchEvent)
    assert (timer.duration, until.until, message.message) == ("PT5M", '"2030-01-01T00:00:00Z"', "found")
    failed, any_ = (model.elements[ElementKey(key)] for key in "ef")
    assert isinstance(failed, BoundaryEvent)
    assert isinstance(any_, BoundaryEvent)
    assert (failed.error, failed.interrupting, any_.error, any_.interrupting) == (
        "NOT_FOUND",
        True,
        "*",
        False,
    )
    end = model.elements[ElementKey("end")]
    assert isinstance(end, EndEvent)
    assert end.terminate
    assert back_and_forth(model) == model


def test_documentation_is_kept() -> None:
    text = "<documentation>Ask &lt;nicely&gt;</documentation>"
    model, problems = import_model("BPMN", one_task(f'<userTask id="ask">{text}</userTask>'))
    assert problems == []
    assert model.elements[ElementKey("ask")].origin == {"documentation": ["Ask <nicely>"]}
    assert text in export_bpmn(model).replace("bpmn:", "")
    assert back_and_forth(model) == model


@pytest.mark.parametrize(
    ("text", "cel"), [("vars.a &gt; 1", "vars.a > 1"), (" ${a == 1} ", "vars.a == 1"), ("", None)]
)
def test_conditions_of_others_are_read(text: str, cel: str | None) -> None:
    more = f"<conditionExpression>{text}</conditionExpression>"
    model, problems = import_model("BPMN", one_task(more=more))
    assert problems == []
    assert model.flows[ElementKey("s2")].condition == cel


def test_a_condition_that_has_no_equal_is_an_error_with_its_line() -> None:
    _, problems = import_model("BPMN", one_task(more="<conditionExpression>${a.b()}</conditionExpression>"))
    assert told(problems) == [("CONDITION_UNTRANSLATABLE", "s2/condition", 9, "ERROR")]


@pytest.mark.parametrize(
    "task",
    [
        '<scriptTask id="ask"/>',
        '<task id="ask"/>',
        '<eventBasedGateway id="ask"/>',
        '<subProcess id="ask" triggeredByEvent="true"/>',
        '<intermediateCatchEvent id="ask"><signalEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="ask"/>',
        '<userTask id="ask"><multiInstanceLoopCharacteristics/></userTask>',
        '<userTask id="ask"><standardLoopCharacteristics/></userTask>',
        '<subProcess id="ask" triggeredByEvent="true"><startEvent id="in"/></subProcess>',
    ],
)
def test_what_would_run_otherwise_is_an_error_with_its_line(task: str) -> None:
    _, problems = import_model("BPMN", one_task(task))
    assert told(problems) == [("BPMN_UNSUPPORTED", "ask", 6, "ERROR")]


@pytest.mark.parametrize(
    "task",
    [
        '<serviceTask id="ask" x:topic="pay"/>',
        '<serviceTask id="ask" implementation="##WebService"/>',
        '<serviceTask id="ask"><extensionElements><x:call/></extensionElements></serviceTask>',
    ],
)
def test_what_a_service_task_does_in_another_engine_is_not_lost_silently(task: str) -> None:
    _, problems = import_model("BPMN", one_task(task))
    assert ("BPMN_UNSUPPORTED", "ask", 6, "ERROR") in told(problems)


def test_attributes_of_the_process_are_named_too() -> None:
    text = one_task().replace(
        'id="p" isExecutable="true"', 'id="p" isExecutable="true" x:keep="P1D" name="P"'
    )
    model, problems = import_model("BPMN", text)
    assert [problem.message for problem in problems] == ["the attribute 'keep' is not kept"]
    assert model.origin == {"format": "BPMN", "id": "p", "name": "P"}


@pytest.mark.parametrize(
    "task",
    [
        '<userTask id="ask" implementation="##unspecified"/>',
        '<userTask id="ask" x:assignee="me"/>',
        '<userTask id="ask"><extensionElements><x:form/></extensionElements></userTask>',
        '<userTask id="ask"><potentialOwner/></userTask>',
    ],
)
def test_what_changes_nothing_is_a_warning_with_its_line(task: str) -> None:
    _, problems = import_model("BPMN", one_task(task))
    assert told(problems) == [("BPMN_IGNORED", "ask", 6, "WARNING")]


def test_what_stands_around_the_process_is_named() -> None:
    beside = '<collaboration id="c"><participant id="pa" processRef="p"/></collaboration>'
    text = one_task(beside=beside).replace('<startEvent id="start"/>', '<startEvent id="start"/><laneSet/>')
    _, problems = import_model("BPMN", text)
    assert {(problem.code, problem.severity) for problem in problems} == {("BPMN_IGNORED", Severity.WARNING)}
    assert {problem.message.partition(" ")[0] for problem in problems} == {"collaboration", "laneSet"}


def test_of_several_processes_the_executable_one_is_read() -> None:
    other = '<process id="q" isExecutable="false"/>'
    model, problems = import_model("BPMN", one_task(beside=other))
    assert [problem.code for problem in problems] == ["BPMN_IGNORED"]
    assert ElementKey("ask") in model.elements
    _, problems = import_model("BPMN", one_task(beside=other.replace("false", "true")))
    assert [problem.code for problem in problems] == ["NOT_BPMN"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "NOT_XML"),
        ({}, "NOT_XML"),
        ("", "NOT_XML"),
        ("<a>", "NOT_XML"),
        ('<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "NOT_XML"),
        ("<a/>", "NOT_BPMN"),
        (HEAD + "</definitions>", "NOT_BPMN"),
    ],
    ids=range(7),
)
def test_what_is_no_bpmn_is_a_problem_and_no_exception(raw: object, code: str) -> None:
    model, problems = import_model("BPMN", raw)
    assert [problem.code for problem in problems] == [code]
    assert not model.elements


def test_structure_is_said_by_bpmn_alone() -> None:
    task = '<userTask id="ask" p:parent="ask" p:type="endEvent" xmlns:p="urn:paifang:bpmn:1"/>'
    model, problems = import_model("BPMN", one_task(task))
    assert [problem.code for problem in problems] == ["BPMN_IGNORED", "BPMN_IGNORED"]
    assert isinstance(model.elements[ElementKey("ask")], UserTask)


PARTS = [
    *("startEvent", "userTask", "subProcess", "boundaryEvent", "sequenceFlow", "intermediateCatchEvent"),
    *("extensionElements", "incoming", "timerEventDefinition", "messageEventDefinition", "callActivity"),
]
ATTRIBUTES = [
    *('id="a"', 'id="b"', 'sourceRef="a"', 'targetRef="b"', 'attachedToRef="a"', 'default="b"', 'name=" "'),
    *('p:key="a"', 'p:over="1"', 'p:condition=""', 'messageRef="b"', 'triggeredByEvent="true"'),
]


def _leaf(tag: str, attributes: list[str]) -> str:
    return f"<{tag} {' '.join(attributes)}/>"


def _branch(tag: str, parts: list[str]) -> str:
    return f"<{tag} id='c{len(parts)}'>{''.join(parts)}</{tag}>"


ELEMENTS = st.recursive(
    st.builds(_leaf, st.sampled_from(PARTS), st.sets(st.sampled_from(ATTRIBUTES), max_size=4).map(sorted)),
    lambda inner: st.builds(_branch, st.sampled_from(PARTS), st.lists(inner, max_size=3)),
    max_leaves=8,
)


@example(['<startEvent p:key="a"/>', "<startEvent />"], True)
@given(st.lists(ELEMENTS, max_size=4), st.booleans())
def test_no_document_raises(parts: list[str], ours: bool) -> None:
    process = 'id="p" xmlns:p="urn:paifang:bpmn:1"' + (' p:format="PAIFANG"' if ours else "")
    text = document("".join(parts), DRAWING, process).replace('id="a" id="b"', 'id="a"')
    import_model("BPMN", text)
