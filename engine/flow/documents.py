"""An instance as the document that is stored, and back; a property of the tests is that both agree.

A document is a mapping with the fields a store finds instances by (`search_fields`), and the instance itself
in `state`, one JSON text: names that clients choose may hold dots and `$`, and a text is what both stores
write fastest.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeAlias

import orjson

from engine.flow.instance import (
    Comment,
    Effect,
    Encoding,
    Entry,
    Incident,
    Instance,
    InstanceStatus,
    MessageWait,
    NodeId,
    OpenTask,
    Parent,
    Remembered,
    Timer,
    Token,
)
from engine.flow.marking import OPEN
from engine.flow.model import Retry
from engine.flow.node_rows import node_of, row_of

Document: TypeAlias = dict[str, object]
Raw: TypeAlias = Any  # parsed JSON that this module wrote itself

FORMAT = 1  # of `state`
_MILLISECOND = timedelta(milliseconds=1)
_APART = frozenset({"nodes", "tasks", "effects"})  # mappings by node id: their values say it too
_PLAIN = tuple(field.name for field in fields(Instance) if field.name not in {*_APART, "encoding"})
_plain_of = attrgetter(*_PLAIN)


def to_document(instance: Instance) -> Document:
    return {
        "id": instance.id,
        "version": instance.version,
        **search_fields(instance),
        "state": state_of(instance),
    }


def state_of(instance: Instance) -> str:
    """The instance as text; and remembers in its `encoding` what the next text can be made from."""
    state: dict[str, object] = dict(zip(_PLAIN, _plain_of(instance), strict=True))
    state["format"] = FORMAT
    made: dict[NodeId, object] = {}
    state["nodes"] = _rows(instance, made)
    state["tasks"] = list(instance.tasks.values())
    state["effects"] = list(instance.effects.values())
    text = orjson.dumps(state, option=orjson.OPT_UTC_Z).decode()
    instance.encoding = Encoding(known={}, made=made, size=len(text))
    return text


def of_document(document: Mapping[str, Any]) -> Instance:
    """`version` is the document's own, which the store counts. Raises ValueError for an unknown format."""
    state: dict[str, Raw] = orjson.loads(document["state"])
    if state.pop("format") != FORMAT:
        raise ValueError(f"the instance {document['id']} was written by another version")
    nodes = map(node_of, state["nodes"])
    tasks = map(_task, state["tasks"])
    effects = map(_effect, state["effects"])
    state.update(
        version=document["version"],
        status=InstanceStatus(state["status"]),
        started_at=datetime.fromisoformat(state["started_at"]),
        ended_at=_moment(state["ended_at"]),
        parent=Parent(**state["parent"]) if state["parent"] else None,
        nodes={node.id: node for node in nodes},
        tasks={task.node: task for task in tasks},
        effects={effect.node: effect for effect in effects},
        tokens=[Token(**raw) for raw in state["tokens"]],
        timers=[_timer(raw) for raw in state["timers"]],
        messages=[MessageWait(**raw) for raw in state["messages"]],
        incidents=[_incident(raw) for raw in state["incidents"]],
        remembered=[_remembered(raw) for raw in state["remembered"]],
        journal=[_entry(raw) for raw in state["journal"]],
    )
    return Instance(**state)


def search_fields(instance: Instance) -> Document:
    """What stores index. All are there in every document; lists are multikey.

    | field | type | finds |
    |---|---|---|
    | flowKey, deployment, status, unit, owner, caseId | text, caseId may be null | `flowInstances`, by case |
    | parent, root | text or null | called instances of one, the whole tree |
    | suspended, hasIncident | bool | |
    | startedAt, endedAt | moment, endedAt may be null | |
    | nextDueAt | moment or null, rounded up to a millisecond | timers and effects that are due |
    | messages | list of names | `sendMessage` |
    | tasks | list of objects: node, element, assignee, roles, dueAt, createdAt | `tasks` |
    """
    parent = instance.parent
    return {
        "flowKey": instance.flow_key,
        "deployment": instance.deployment,
        "status": instance.status.value,
        "unit": instance.unit,
        "owner": instance.owner,
        "caseId": instance.case_id,
        "parent": parent.instance if parent else None,
        "root": parent.root if parent else instance.id,
        "suspended": instance.suspended,
        "hasIncident": bool(instance.incidents),
        "startedAt": instance.started_at,
        "endedAt": instance.ended_at,
        "nextDueAt": next_due_at(instance),
        "messages": sorted({wait.name for wait in instance.messages}),
        "tasks": [_task_fields(task) for task in instance.tasks.values()],
    }


def next_due_at(instance: Instance) -> datetime | None:
    """When a timer or an effect is due next. Rounded up to what every store keeps: found, it is due.

    A lease that runs out makes an effect due again. A suspended instance has nothing due.
    """
    if instance.suspended or instance.status is not InstanceStatus.RUNNING:
        return None
    due = [timer.due_at for timer in instance.timers]
    due += [
        max(effect.due_at, effect.leased_until or effect.due_at)
        for effect in instance.effects.values()
        if effect.due_at is not None
    ]
    return _rounded_up(min(due)) if due else None


def _rows(instance: Instance, made: dict[NodeId, object]) -> list[object]:
    """Those of settled nodes are made once; of an instance just read, which may never be seen again, not."""
    if instance.encoding is None:
        return [row_of(node) for node in instance.nodes.values()]
    known = instance.encoding.known
    rows: list[object] = []
    for node in instance.nodes.values():
        if node.status in OPEN:
            rows.append(row_of(node))
            continue
        row = known.get(node.id)
        if row is None:
            row = orjson.Fragment(orjson.dumps(row_of(node), option=orjson.OPT_UTC_Z))
        made[node.id] = row
        rows.append(row)
    return rows


def _task(raw: dict[str, Raw]) -> OpenTask:
    raw["created_at"] = datetime.fromisoformat(raw["created_at"])
    raw["due_at"] = _moment(raw["due_at"])
    raw["candidate_roles"] = tuple(raw["candidate_roles"])
    raw["comments"] = [_comment(comment) for comment in raw["comments"]]
    return OpenTask(**raw)


def _comment(raw: dict[str, Raw]) -> Comment:
    return Comment(at=datetime.fromisoformat(raw["at"]), by=raw["by"], text=raw["text"])


def _effect(raw: dict[str, Raw]) -> Effect:
    raw["due_at"] = _moment(raw["due_at"])
    raw["leased_until"] = _moment(raw["leased_until"])
    raw["retry"] = Retry(**raw["retry"]) if raw.get("retry") else None
    return Effect(**raw)


def _timer(raw: dict[str, Raw]) -> Timer:
    return Timer(node=raw["node"], element=raw["element"], due_at=datetime.fromisoformat(raw["due_at"]))


def _incident(raw: dict[str, Raw]) -> Incident:
    raw["at"] = datetime.fromisoformat(raw["at"])
    return Incident(**raw)


def _entry(raw: dict[str, Raw]) -> Entry:
    raw["at"] = datetime.fromisoformat(raw["at"])
    return Entry(**raw)


def _remembered(raw: dict[str, Raw]) -> Remembered:
    raw["tasks"] = None if raw["tasks"] is None else tuple(raw["tasks"])
    raw["at"] = datetime.fromisoformat(raw["at"])
    return Remembered(**raw)


def _moment(raw: str | None) -> datetime | None:
    return datetime.fromisoformat(raw) if raw else None


def _rounded_up(moment: datetime) -> datetime:
    excess = moment.microsecond % 1_000
    return moment + _MILLISECOND - timedelta(microseconds=excess) if excess else moment


def _task_fields(task: OpenTask) -> Document:
    return {
        "node": task.node,
        "element": task.element,
        "assignee": task.assignee,
        "roles": list(task.candidate_roles),
        "dueAt": task.due_at,
        "createdAt": task.created_at,
    }
