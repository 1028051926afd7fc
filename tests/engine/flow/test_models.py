"""Random flows keep their promises: nothing wrong with them but what the checks only warn of."""

import ast

from hypothesis import given

from engine.flow.checks import check_model
from engine.flow.reading import read_model
from engine.problem import Severity
from tests.engine.flow.models import RandomFlow, as_python, random_flows


@given(random_flows())
def test_a_random_flow_can_be_deployed(flow: RandomFlow) -> None:
    model, problems = read_model(flow.raw)
    assert problems == []
    found = check_model(model)
    assert [problem for problem in found if problem.severity is Severity.ERROR] == []
    assert {problem.code for problem in found} <= {"UNKNOWN_VARIABLE"}  # tasks without forms write anything
    assert flow.tasks


@given(random_flows())
def test_conditions_can_be_said_in_python(flow: RandomFlow) -> None:
    for each in flow.raw["elements"]:
        if "condition" in each:
            tree = ast.parse(as_python(each["condition"]).strip(), mode="eval")
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert names <= {"v0", *map(flow.variable_of, flow.tasks)}
