"""Instances and deployments in memory, for runs that leave nothing behind.

An instance is kept as its document, so that it is saved and loaded between every step as in a real store.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.flow.documents import of_document, to_document
from engine.flow.instance import DeploymentId, Instance, InstanceId, NodeInstance
from engine.flow.node_rows import nodes_of_text, nodes_to_text
from engine.flow.ports import Deployment, KeptMessage, StepConflict

Document = dict[str, Any]  # Any: a document as `to_document` writes it


class MemoryInstances:
    """Implements `InstanceStore`."""

    def __init__(self) -> None:
        self._documents: dict[InstanceId, Document] = {}
        self._pages: dict[InstanceId, list[str]] = {}
        self._kept: dict[str, KeptMessage] = {}

    async def find(self, instance: InstanceId) -> Instance | None:
        document = self._documents.get(instance)
        return None if document is None else of_document(document)

    async def history(self, instance: Instance) -> list[NodeInstance]:
        return [node for page in self._pages.get(instance.id, ()) for node in nodes_of_text(page)]

    async def write(
        self,
        *instances: Instance,
        spilled: Mapping[InstanceId, Sequence[Sequence[NodeInstance]]] | None = None,
        took: Sequence[KeptMessage] = (),
        kept: Sequence[KeptMessage] = (),
    ) -> None:
        for instance in instances:
            stored = self._documents.get(instance.id)
            if instance.version != (stored["version"] if stored is not None else 0):
                raise StepConflict
        if any(message.id not in self._kept for message in took) or any(one.id in self._kept for one in kept):
            raise StepConflict
        for message in took:
            del self._kept[message.id]
        self._kept.update({message.id: message for message in kept})
        for instance in instances:
            instance.version += 1
            self._documents[instance.id] = to_document(instance)
            pages = (spilled or {}).get(instance.id, ())
            self._pages.setdefault(instance.id, []).extend(map(nodes_to_text, pages))

    async def due(self, now: datetime, limit: int) -> list[InstanceId]:
        due = [one for one in self._documents.values() if one["nextDueAt"] and one["nextDueAt"] <= now]
        due.sort(key=lambda document: document["nextDueAt"])
        return [document["id"] for document in due[:limit]]

    async def waiting_for(
        self, name: str, *, case_id: str | None = None, instance: InstanceId | None = None
    ) -> list[InstanceId]:
        return [
            key
            for key, document in self._documents.items()
            if name in document["messages"]
            and case_id in (None, document["caseId"])
            and instance in (None, key)
        ]

    async def messages(self, name: str, now: datetime) -> list[KeptMessage]:
        return [one for one in self._kept.values() if one.name == name and one.expires_at >= now]

    # ------------------------------------------------------------------ what only a test asks
    def all(self) -> list[Instance]:
        """In the order in which they were started."""
        return [of_document(document) for document in self._documents.values()]

    @property
    def next_due_at(self) -> datetime | None:
        moments = [document["nextDueAt"] for document in self._documents.values() if document["nextDueAt"]]
        return min(moments, default=None)


class MemoryDeployments:
    """Implements `DeploymentStore` over these, the newest of a flow last."""

    def __init__(self, deployments: Iterable[Deployment]) -> None:
        self._deployments = {deployment.id: deployment for deployment in deployments}

    async def find_deployment(self, deployment: DeploymentId) -> Deployment | None:
        return self._deployments.get(deployment)

    async def deployments(self, flow_key: str) -> list[Deployment]:
        return [one for one in reversed(self._deployments.values()) if one.flow_key == flow_key]
