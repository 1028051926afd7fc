"""Parallel branches that write the same variable; called flows that are missing, circular or too deep."""

from engine.flow.checks import CheckContext
from engine.flow.model import FlowModel
from tests.engine.flow.drawing import Raw, drawn, found, whole


def writing(**outputs: str) -> dict[str, Raw]:
    return {key: {"type": "serviceTask", "output": {name: "1"}} for key, name in outputs.items()}


FORK = {"fork": "parallelGateway", "join": "parallelGateway"}


def test_parallel_branches_that_write_the_same_variable_are_told() -> None:
    lines = ("start > fork > a > join > end", "fork > b > join")
    assert found(drawn({**FORK, **writing(a="x", b="x")}, *lines)) == [("PARALLEL_WRITES", "fork", "WARNING")]
    assert found(drawn({**FORK, **writing(a="x", b="y")}, *lines)) == []


def test_one_branch_may_write_a_variable_twice_and_again_behind_the_join() -> None:
    elements = {**FORK, **writing(a="x", b="x", c="y", d="x")}
    assert found(drawn(elements, "start > fork > a > b > join > d > end", "fork > c > join")) == []


def test_a_loop_back_to_the_fork_hides_nothing() -> None:
    elements = {
        **FORK,
        **writing(a="x", b="x"),
        "ask": {"type": "userTask", "default": "ask-end"},
    }
    lines = ("start > fork > a > join > ask > end", "fork > b > join", "ask > fork : has(vars.x)")
    assert found(drawn(elements, *lines)) == [("PARALLEL_WRITES", "fork", "WARNING")]


def test_forms_write_their_fields() -> None:
    form = {"schema": {"type": "object", "properties": {"x": {"type": "string"}}}}
    task = {"type": "userTask", "form": "f"}
    raw = drawn(
        {**FORK, "a": task, **writing(b="x")},
        "start > fork > a > join > end",
        "fork > b > join",
        forms={"f": form},
    )
    assert found(raw) == [("PARALLEL_WRITES", "fork", "WARNING")]


def calling(*flows: str) -> Raw:
    elements = {f"call{at}": {"type": "callActivity", "flow": flow} for at, flow in enumerate(flows)}
    return drawn(elements, " > ".join(["start", *elements, "end"]))


def deployed(**flows: tuple[str, ...]) -> CheckContext:
    models: dict[str, FlowModel] = {key: whole(calling(*called)) for key, called in flows.items()}
    return CheckContext(flow_key="me", find_flow=models.get)


def test_the_called_flow_is_deployed() -> None:
    assert found(calling("other"), deployed(other=())) == []
    assert found(calling("other"), deployed()) == [("CALLED_FLOW_UNKNOWN", "call0/flow", "ERROR")]


def test_flows_do_not_call_each_other_in_a_circle() -> None:
    assert found(calling("me"), deployed(me=())) == [("CALL_CYCLE", "call0/flow", "ERROR")]
    assert found(calling("a"), deployed(a=("b",), b=("me",))) == [("CALL_CYCLE", "call0/flow", "ERROR")]
    assert found(calling("a"), deployed(a=("b",), b=("a",))) == [("CALL_CYCLE", "call0/flow", "ERROR")]


def test_calls_nest_at_most_ten_deep() -> None:
    def chain(length: int) -> CheckContext:
        return deployed(**{f"f{at}": (f"f{at + 1}",) for at in range(length - 1)}, **{f"f{length - 1}": ()})

    assert found(calling("f0"), chain(9)) == []
    assert found(calling("f0"), chain(10)) == [("CALLS_TOO_DEEP", "call0/flow", "ERROR")]
    assert found(calling("f0"), chain(500)) == [("CALLS_TOO_DEEP", "call0/flow", "ERROR")]
