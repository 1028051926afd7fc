"""Flows and deployments as they are stored, and how they become documents and come back.

A model is stored as the text of its JSON: what its keys mean to a store must not matter, nor how deep it is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from engine.flow.instance import DeploymentId
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from engine.problem import Problem, Severity
from resolvers.ports import Collection, Document, Index

FLOWS = Collection(name="flows", feed=False, indexes=(Index(name="by_unit", fields=("unit",), order="key"),))
DEPLOYMENTS = Collection(
    name="flow_deployments",
    indexes=(
        Index(name="by_flow", fields=("flow_key",), order="number"),
        Index(name="by_use", fields=("uses",)),
        Index(name="by_pin", fields=("pins",)),
    ),
)

STANDARD = FlowParts()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """A draft. `revision` counts its saved states; `version` is the document's: deploying changes it too."""

    key: str
    name: str | None
    unit: str
    revision: int
    model: Mapping[str, object]  # PAIFANG JSON
    problems: tuple[Problem, ...]  # what the import from another format said
    saved_at: datetime
    saved_by: str
    version: int = 1
    deployed: int = 0  # the number of its newest deployment


def flow_to_document(record: FlowRecord) -> Document:
    return {
        "id": record.key,
        "version": record.version,
        "key": record.key,
        "name": record.name,
        "unit": record.unit,
        "revision": record.revision,
        "model": orjson.dumps(record.model).decode(),
        "problems": [asdict(problem) for problem in record.problems],
        "saved_at": record.saved_at,
        "saved_by": record.saved_by,
        "deployed": record.deployed,
    }


def flow_of(document: Document) -> FlowRecord:
    return FlowRecord(
        key=document["id"],
        version=document["version"],
        name=document["name"],
        unit=document["unit"],
        revision=document["revision"],
        model=orjson.loads(document["model"]),
        problems=tuple(_problem(entry) for entry in document["problems"]),
        saved_at=document["saved_at"],
        saved_by=document["saved_by"],
        deployed=document["deployed"],
    )


def deployment_id(flow_key: str, number: int) -> DeploymentId:
    return DeploymentId(f"{flow_key}@{number}")  # a flow's key has no @


def deployment_to_document(
    deployment: Deployment, *, version: int = 1, parts: FlowParts = STANDARD
) -> Document:
    return {
        "id": deployment.id,
        "version": version,
        "flow_key": deployment.flow_key,
        "number": deployment.version,
        "unit": deployment.unit,
        "model": orjson.dumps(parts.write_model(deployment.model)).decode(),
        "hash": deployment.hash,
        "deployed_at": deployment.deployed_at,
        "deployed_by": deployment.deployed_by,
        "rollout": deployment.rollout,
        "note": deployment.note,
        "pinned": dict(deployment.pinned),
        "uses": sorted(deployment.uses),
        "pins": sorted(set(deployment.pinned.values())),
    }


def deployment_of(document: Document, parts: FlowParts = STANDARD) -> Deployment:
    model, _ = parts.read_model(orjson.loads(document["model"]))
    return Deployment(
        id=DeploymentId(document["id"]),
        flow_key=document["flow_key"],
        version=document["number"],
        unit=document["unit"],
        model=model,
        hash=document["hash"],
        deployed_at=document["deployed_at"],
        deployed_by=document["deployed_by"],
        rollout=document["rollout"],
        note=document["note"],
        pinned={key: DeploymentId(value) for key, value in document["pinned"].items()},
        uses=frozenset(document["uses"]),
    )


def _problem(entry: Document) -> Problem:
    severity = Severity(entry.pop("severity"))
    return Problem(severity=severity, **entry)
