"""Every instance comes back from its document as it was, and is found by its fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.flow.documents import (
    next_due_at,
    of_document,
    search_fields,
    to_document,
)
from engine.flow.instance import (
    Comment,
    DeploymentId,
    Effect,
    Incident,
    Instance,
    InstanceId,
    InstanceStatus,
    MessageWait,
    NodeId,
    NodeInstance,
    NodeStatus,
    OpenTask,
    Parent,
    Remembered,
    TaskId,
    Timer,
    Token,
)
from engine.flow.model import ElementKey, Json
from engine.flow.node_rows import nodes_of_text, nodes_to_text
from engine.flow.working_copy import working_copy

T = TypeVar("T")
NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)  # a lone surrogate is no Unicode text
keys = st.one_of(texts, st.sampled_from(["a.b", "$set", "", "é", "\x00"]))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
nodes = texts.map(NodeId)
elements = texts.map(ElementKey)
numbers = st.integers(-(2**63), 2**63 - 1)
json = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
variables: st.SearchStrategy[dict[str, Json]] = st.dictionaries(keys, json, max_size=3)


def some(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


node_instances = st.builds(
    NodeInstance,
    id=nodes,
    element=elements,
    status=st.sampled_from(NodeStatus),
    causes=some(nodes),
    via=some(elements),
    visit=st.integers(1, 9),
    entered_at=moments,
    scope=maybe(nodes.filter(bool)),
    left_at=maybe(moments),
    by=maybe(texts.filter(bool)),
    order=maybe(st.integers(1, 9)),
    changed=variables,
    reads=variables,
    children=some(texts.map(InstanceId)),
    took=some(elements),
    state=variables,
    stopped_by=maybe(nodes.filter(bool)),
)
comments = st.lists(st.builds(Comment, at=moments, by=texts, text=texts), max_size=2)
open_tasks = st.builds(
    OpenTask,
    node=nodes,
    element=elements,
    created_at=moments,
    version=st.integers(1, 9),
    assignee=maybe(texts),
    candidate_roles=some(texts),
    due_at=maybe(moments),
    values=variables,
    comments=comments,
)
effects = st.builds(
    Effect,
    node=nodes,
    key=texts,
    query=texts,
    variables=variables,
    attempts=st.integers(0, 9),
    due_at=maybe(moments),
    leased_until=maybe(moments),
    compensates=maybe(nodes),
)
instances = st.builds(
    Instance,
    id=texts.map(InstanceId),
    version=st.integers(0, 9),
    flow_key=texts,
    deployment=texts.map(DeploymentId),
    unit=texts,
    owner=texts,
    started_at=moments,
    status=st.sampled_from(InstanceStatus),
    case_id=maybe(texts),
    parent=maybe(
        st.builds(
            Parent, instance=texts, node=nodes, root=texts, depth=st.integers(1, 9), index=st.integers(0, 9)
        )
    ),
    ended_at=maybe(moments),
    suspended=st.booleans(),
    start_variables=variables,
    variables=variables,
    nodes=st.lists(node_instances, max_size=4).map(lambda listed: {node.id: node for node in listed}),
    spilled=st.integers(0, 9),
    completions=st.integers(0, 9),
    visits=st.dictionaries(elements, st.integers(1, 9), max_size=3),
    tokens=st.lists(st.builds(Token, flow=elements, source=nodes, scope=maybe(nodes)), max_size=3),
    tasks=st.lists(open_tasks, max_size=2).map(lambda listed: {task.node: task for task in listed}),
    timers=st.lists(st.builds(Timer, node=nodes, element=elements, due_at=moments), max_size=2),
    messages=st.lists(
        st.builds(MessageWait, node=nodes, element=elements, name=texts, correlation=variables), max_size=2
    ),
    effects=st.lists(effects, max_size=2).map(lambda listed: {effect.node: effect for effect in listed}),
    incidents=st.lists(
        st.builds(Incident, node=nodes, element=elements, code=texts, message=texts, at=moments), max_size=2
    ),
    remembered=st.lists(
        st.builds(
            Remembered,
            key=texts,
            fingerprint=texts,
            version=st.integers(0, 9),
            tasks=some(texts.map(TaskId)),
            at=moments,
        ),
        max_size=2,
    ),
    reopens=maybe(nodes),
)


@given(instances)
@settings(max_examples=60, deadline=None)
def test_every_instance_comes_back_from_its_document(instance: Instance):
    document = to_document(instance)
    assert of_document(document) == instance
    assert all("." not in key and not key.startswith("$") for key in document)
    orjson.dumps(document)  # plain JSON and moments alone


@given(instances)
@settings(max_examples=60, deadline=None)
def test_a_working_copy_is_written_as_the_original_is(instance: Instance):
    first = to_document(instance)
    copy = working_copy(instance)
    assert copy == instance
    assert to_document(copy) == to_document(working_copy(copy)) == first


@given(st.lists(node_instances, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_page_of_history_comes_back(page: list[NodeInstance]):
    assert nodes_of_text(nodes_to_text(page)) == page


def instance() -> Instance:
    return Instance(
        id=InstanceId("one"),
        version=3,
        flow_key="refund",
        deployment=DeploymentId("refund-1"),
        unit="rides",
        owner="ann",
        started_at=NOW,
        case_id="case-7",
    )


def test_a_document_of_a_later_format_is_not_misread():
    document = to_document(instance())
    document["state"] = str(document["state"]).replace('"format":1', '"format":2')
    with pytest.raises(ValueError, match="another version"):
        of_document(document)


def test_the_version_is_the_documents_own():
    assert of_document({**to_document(instance()), "version": 9}).version == 9


def test_an_instance_is_found_by_its_fields():
    fields = search_fields(instance())
    assert (fields["flowKey"], fields["caseId"], fields["status"]) == ("refund", "case-7", "RUNNING")
    assert (fields["root"], fields["parent"], fields["nextDueAt"]) == ("one", None, None)


def test_what_is_due_next_is_the_earliest_of_timers_and_effects():
    node, element = NodeId("n"), ElementKey("e")
    timer = Timer(node=node, element=element, due_at=NOW + timedelta(hours=2))
    effect = Effect(node=node, key="k", query="mutation { a }", variables={}, due_at=NOW + timedelta(hours=1))
    one = replace(instance(), timers=[timer], effects={node: effect})
    assert next_due_at(one) == NOW + timedelta(hours=1)
    effect.leased_until = NOW + timedelta(hours=3)  # due again when the lease has run out
    assert next_due_at(one) == NOW + timedelta(hours=2)
    assert next_due_at(replace(one, suspended=True)) is None
    assert next_due_at(replace(one, status=InstanceStatus.COMPLETED)) is None


def test_what_is_due_is_found_once_it_is_due_by_stores_that_keep_milliseconds():
    timer = Timer(node=NodeId("n"), element=ElementKey("e"), due_at=NOW + timedelta(microseconds=1_001))
    assert next_due_at(replace(instance(), timers=[timer])) == NOW + timedelta(milliseconds=2)
