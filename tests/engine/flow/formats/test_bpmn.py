"""BPMN: what goes out comes in again as the same model, and other engines can run it."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.flow.formats import export_bpmn, import_model
from engine.flow.formats.bpmn import to_bpmn
from engine.flow.formats.xml_tree import XmlNode, parse_xml
from engine.flow.model import (
    FlowModel,
)
from engine.flow.reading import read_model
from tests.engine.flow.drawing import drawn, whole
from tests.engine.flow.formats.test_turbo import MODELS, NAMES
from tests.engine.flow.models import RandomFlow, as_python, random_flows
from tests.engine.flow.test_reading import EVERYTHING, damaged

Raw = dict[str, Any]


def back_and_forth(model: FlowModel) -> FlowModel:
    again, problems = import_model("BPMN", export_bpmn(model))
    assert problems == []
    return again


def test_a_model_with_everything_comes_back_the_same() -> None:
    model = whole(EVERYTHING)
    assert back_and_forth(model) == model


@given(random_flows())
def test_random_models_come_back_the_same(flow: RandomFlow) -> None:
    model = whole(flow.raw)
    assert back_and_forth(model) == model


@st.composite
def odd_models(draw: st.DrawFn) -> FlowModel:
    """Every kind of element, with keys and texts that XML has trouble with."""
    texts = st.text(min_size=1, max_size=8).filter(_is_text)
    raw: Raw = whole_json(draw(texts), draw(texts), draw(texts))
    return read_model(raw)[0]


def _is_text(text: str) -> bool:
    """What may be a key: no slash, no control characters, no space at its ends."""
    return not re.search("[/\ud800-\udfff\x00-\x1f\x7f]", text) and text == text.strip()


def whole_json(key: str, name: str, condition: str) -> Raw:
    elements: Raw = {
        key: {"type": "userTask", "name": f"{name}\x02", "default": f"{key}-end", "properties": {"p": name}},
        "wait": {"type": "timerCatchEvent", "until": f" {name}"},
        "hear": {"type": "messageCatchEvent", "message": f"{name}\x01"},
        "box": {"type": "subProcess", "name": f"\t{name}\r\n"},
        "in": {"type": "startEvent", "parent": "box"},
        "out": {"type": "endEvent", "parent": "box"},
        "call": {"type": "callActivity", "flow": f"{name}\x03"},
        "late": {"type": "boundaryEvent", "attachedTo": key, "duration": name},
    }
    raw = drawn(elements, f"in > out : {condition}", diagram=name)
    raw["elements"].append({"key": f"{key}-end", "type": "sequenceFlow", "source": key, "target": "end"})
    raw["elements"].append(
        {"key": "c", "type": "sequenceFlow", "source": key, "target": "end", "condition": f"{condition}\n"}
    )
    return raw


@given(odd_models())
def test_keys_and_texts_that_xml_has_trouble_with_come_back_the_same(model: FlowModel) -> None:
    assert back_and_forth(model) == model


@given(damaged())
def test_a_broken_model_is_exported_or_refused_with_a_value_error(raw: Raw) -> None:
    model, _ = read_model(raw)
    try:
        text = export_bpmn(model)
    except ValueError:
        return
    again, _ = import_model("BPMN", text)
    assert set(again.elements) <= set(model.elements)


@pytest.mark.parametrize("name", NAMES)
def test_models_of_turbo_come_back_the_same(name: str) -> None:
    if not MODELS.is_dir():
        pytest.skip("the models of the open-source engine are not beside this checkout")
    model, _ = import_model("TURBO", (MODELS / f"{name}.json").read_text())
    assert back_and_forth(model) == model


def test_conditions_can_be_written_for_another_engine() -> None:
    raw = drawn(
        {"route": {"type": "exclusiveGateway", "default": "route-end"}},
        "start > route > end",
        "route > end : !(vars.a == 1) && vars.b != 2",
    )
    model = whole(raw)
    text = to_bpmn(model, condition=as_python)
    (expression,) = (each.text for each in _all(parse_xml(text)) if each.local == "conditionExpression")
    assert expression.split() == ["not", "(a", "==", "1)", "and", "b", "!=", "2"]
    again, problems = import_model("BPMN", text)
    assert (again, problems) == (model, [])


def _all(root: XmlNode) -> list[XmlNode]:
    return [root, *(each for child in root.children for each in _all(child))]


def test_flows_stand_in_the_order_in_which_they_are_asked() -> None:
    raw = drawn({"a": "userTask"}, "start > a > end", "a > end : true")
    raw["elements"][1]["outgoing"] = ["a-end-2", "a-end"]
    flows = [each for each in _all(parse_xml(export_bpmn(whole(raw)))) if each.local == "sequenceFlow"]
    assert [each.attributes["id"] for each in flows] == ["start-a", "a-end-2", "a-end"]


def test_every_element_and_flow_is_drawn_inside_its_scope() -> None:
    model = whole(EVERYTHING)
    nodes = _all(parse_xml(export_bpmn(model)))
    shapes = {
        each.attributes["bpmnElement"]: each for each in nodes if each.local in ("BPMNShape", "BPMNEdge")
    }
    assert shapes.keys() == {*model.elements, *model.flows}

    def bounds(key: str) -> tuple[int, int, int, int]:
        (box,) = shapes[key].children
        x, y, width, height = (int(box.attributes[name]) for name in ("x", "y", "width", "height"))
        return x, y, x + width, y + height

    outer = bounds("box")
    for key in ("inner", "out"):
        inner = bounds(key)
        assert outer[0] < inner[0] < inner[2] < outer[2]
        assert outer[1] < inner[1] < inner[3] < outer[3]


def test_a_drawing_that_an_editor_changed_is_kept() -> None:
    model = whole(EVERYTHING)
    moved = export_bpmn(model).replace('x="40" y="40"', 'x="41" y="47"')
    again, problems = import_model("BPMN", moved)
    assert problems == []
    assert isinstance(again.diagram, dict)
    assert 'x="41" y="47"' in str(again.diagram["bpmn"])
    assert back_and_forth(again) == again
    assert 'x="41" y="47"' in export_bpmn(again)
