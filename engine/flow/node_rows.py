"""Nodes as rows of JSON, without what is empty at their end: an instance has up to 200 of them."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeAlias

import orjson

from engine.flow.instance import NodeInstance, NodeStatus

Row: TypeAlias = list[Any]  # Any: parsed JSON that this module wrote itself

_STATUSES = {status.value: status for status in NodeStatus}
_EMPTY: Row = [None] * len(fields(NodeInstance))


def nodes_to_text(nodes: Iterable[NodeInstance]) -> str:
    """A page of nodes that have spilled."""
    return orjson.dumps([row_of(node) for node in nodes], option=orjson.OPT_UTC_Z).decode()


def nodes_of_text(text: str) -> list[NodeInstance]:
    return [node_of(row) for row in orjson.loads(text)]


def row_of(node: NodeInstance) -> list[object]:
    row: list[object] = [
        node.id,
        node.element,
        node.status,
        node.causes,
        node.via,
        node.visit,
        node.entered_at,
        node.left_at,
        node.order,
        node.took,
        node.changed,
        node.scope,
        node.by,
        node.reads,
        node.children,
        node.state,
        node.stopped_by,
    ]
    while not row[-1]:
        row.pop()
    return row


def node_of(row: Row) -> NodeInstance:
    """Set field by field: there may be 200 of them, and a call with 17 keywords costs three times as much."""
    row += _EMPTY[len(row) :]
    node = NodeInstance.__new__(NodeInstance)
    node.id = row[0]
    node.element = row[1]
    node.status = _STATUSES[row[2]]
    node.causes = tuple(row[3])
    node.via = tuple(row[4])
    node.visit = row[5]
    node.entered_at = datetime.fromisoformat(row[6])
    node.left_at = datetime.fromisoformat(row[7]) if row[7] else None
    node.order = row[8]
    node.took = tuple(row[9] or ())
    node.changed = row[10] or {}
    node.scope = row[11]
    node.by = row[12]
    node.reads = row[13] or {}
    node.children = tuple(row[14] or ())
    node.state = row[15] or {}
    node.stopped_by = row[16]
    return node
