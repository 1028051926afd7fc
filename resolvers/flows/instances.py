"""Instances in the document store: each one document, found by facets, by open tasks, by what is due.

A facet is one text such as `flow:refund` or `case:4711`; an instance is found by each of its facets, in order
of its start, and by each facet of its open tasks. A question with several conditions reads the pages of its
rarest facet and passes over what does not fit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from engine.flow.documents import next_due_at, of_document, state_of
from engine.flow.instance import (
    DeploymentId,
    Instance,
    InstanceId,
    InstanceStatus,
    NodeInstance,
    OpenTask,
    Variables,
)
from engine.flow.node_rows import nodes_of_text, nodes_to_text
from engine.flow.ports import KeptMessage, StepConflict
from resolvers.ports import Collection, Delete, Document, DocumentStore, Index, Insert, Query, Replace, Write
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

INSTANCES = Collection(
    name="flow_instances",
    feed=False,  # its numbers would put all steps of all instances in one row
    indexes=(
        Index(name="by_facet", fields=("facets",), order="startedAt"),
        Index(name="by_task_due", fields=("taskFacets",), order="tasksDue"),
        Index(name="by_task_created", fields=("taskFacets",), order="tasksCreated"),
        Index(name="by_message", fields=("messageKeys",)),
        Index(name="by_due", order="nextDueAt"),
        Index(name="by_change", order="changedAt"),
    ),
)
HISTORY = Collection(name="flow_history", feed=False)  # id: `page_id`; written once
MESSAGES = Collection(
    name="flow_messages", feed=False, indexes=(Index(name="by_name", fields=("name",), order="expires_at"),)
)

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # when a task without a due date is due: after all others
PAGE = 500


class Instances:
    """Implements the runtime's `InstanceStore`. `written` hears of every instance after its write."""

    def __init__(
        self,
        store: DocumentStore,
        written: Callable[[Sequence[Instance]], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._written = written
        self._now = now

    async def find(self, instance: InstanceId) -> Instance | None:
        document = await self._store.find(INSTANCES, instance)
        return None if document is None else of_document(document)

    async def history(self, instance: Instance) -> list[NodeInstance]:
        if not instance.spilled:
            return []
        pages = [page_id(instance.id, page) for page in range(1, instance.spilled + 1)]
        documents = await self._store.load_many(HISTORY, pages)
        return [node for one in documents if one is not None for node in nodes_of_text(one["nodes"])]

    async def write(
        self,
        *instances: Instance,
        spilled: Mapping[InstanceId, Sequence[Sequence[NodeInstance]]] | None = None,
        took: Sequence[KeptMessage] = (),
        kept: Sequence[KeptMessage] = (),
    ) -> None:
        """A page of history is part of the same transaction: there are no orphans."""
        writes: list[Write] = []
        for instance in instances:
            writes += _pages(instance, (spilled or {}).get(instance.id, ()))
        now = self._now()
        writes += [_write(instance, now) for instance in instances]
        writes += [Delete(collection=MESSAGES, id=message.id, version=message.version) for message in took]
        writes += [Insert(collection=MESSAGES, document=_message_to_document(message)) for message in kept]
        try:
            await self._store.write(*writes)
        except (VersionConflict, UniqueConflict, DocumentNotFound) as conflict:
            raise StepConflict from conflict
        for instance in instances:
            instance.version += 1
        self._written(instances)

    async def due(self, now: datetime, limit: int) -> list[InstanceId]:
        page = await self._store.select(
            Query(collection=INSTANCES, index="by_due", below=now_inclusive(now), limit=limit)
        )
        return [InstanceId(document["id"]) for document in page.documents]

    async def waiting_for(
        self, name: str, *, case_id: str | None = None, instance: InstanceId | None = None
    ) -> list[InstanceId]:
        if instance is not None:
            return [instance]
        return [InstanceId(one["id"]) for one in await self._all("by_message", _message_key(name, case_id))]

    async def messages(self, name: str, now: datetime) -> list[KeptMessage]:
        page = await self._store.select(
            Query(collection=MESSAGES, index="by_name", equal={"name": name}, at_least=now, limit=PAGE)
        )
        return [_message_of(document) for document in page.documents]

    async def _all(self, index: str, key: str) -> list[Document]:
        documents: list[Document] = []
        after: str | None = None
        while True:
            page = await self._store.select(
                Query(collection=INSTANCES, index=index, equal={"messageKeys": key}, limit=PAGE, after=after)
            )
            documents += page.documents
            if page.next is None:
                return documents
            after = page.next


def page_id(instance: InstanceId, page: int) -> str:
    return f"{instance}#{page:06}"  # an instance's id has no #


def instance_document(instance: Instance) -> Document:
    """The next state of an instance as it is stored: the whole in a text, and what it is found by."""
    tasks = list(instance.tasks.values())
    stored: Document = {
        "id": instance.id,
        "version": instance.version + 1,
        "state": state_of(instance),
        "startedAt": instance.started_at,
        "facets": sorted(instance_facets(instance)),
        "taskFacets": sorted({facet for task in tasks for facet in task_facets(instance, task)}),
        "messageKeys": sorted(
            {key for wait in instance.messages for key in _keys(wait.name, instance.case_id)}
        ),
        "nextDueAt": next_due_at(instance),
    }
    if tasks:
        stored["tasksDue"] = min(task.due_at or NEVER for task in tasks)
        stored["tasksCreated"] = min(task.created_at for task in tasks)
    return stored


def instance_facets(instance: Instance) -> set[str]:
    facets = {
        "all",
        f"flow:{instance.flow_key}",
        f"status:{instance.status}",
        f"unit:{instance.unit}",
        f"owner:{instance.owner}",
        f"root:{instance.id if instance.parent is None else instance.parent.root}",
    }
    if instance.case_id is not None:
        facets.add(f"case:{instance.case_id}")
    if instance.incidents:
        facets.add("incident")
    if instance.status is InstanceStatus.RUNNING:
        facets.add(running_facet(instance.deployment))
    return facets


def running_facet(deployment: DeploymentId) -> str:
    """By which the running instances of a deployment are found."""
    return f"runs:{deployment}"


def task_facets(instance: Instance, task: OpenTask) -> set[str]:
    facets = {"all", f"flow:{instance.flow_key}", f"unit:{instance.unit}"}
    facets |= {f"role:{role}" for role in task.candidate_roles}
    facets.add("unassigned" if task.assignee is None else f"assignee:{task.assignee}")
    if instance.case_id is not None:
        facets.add(f"case:{instance.case_id}")
    return facets


def _write(instance: Instance, now: datetime) -> Write:
    document = {**instance_document(instance), "changedAt": now}
    if instance.version == 0:
        return Insert(collection=INSTANCES, document=document)
    return Replace(collection=INSTANCES, document=document)


def _pages(instance: Instance, pages: Sequence[Sequence[NodeInstance]]) -> Iterator[Write]:
    """Numbered so that the last one is the instance's number of pages."""
    for number, nodes in enumerate(pages, start=instance.spilled - len(pages) + 1):
        document = {"id": page_id(instance.id, number), "version": 1, "nodes": nodes_to_text(nodes)}
        yield Insert(collection=HISTORY, document=document)


def _keys(name: str, case_id: str | None) -> list[str]:
    return [_message_key(name, None), *([_message_key(name, case_id)] if case_id is not None else [])]


def _message_key(name: str, case_id: str | None) -> str:
    return name if case_id is None else f"{name}\n{case_id}"


def now_inclusive(now: datetime) -> datetime:
    """The bound below which what is due at `now` lies; stores keep milliseconds."""
    return now.replace(microsecond=now.microsecond // 1_000 * 1_000 + 999)


def _message_to_document(message: KeptMessage) -> Document:
    return {
        "id": message.id,
        "version": message.version,
        "name": message.name,
        "case_id": message.case_id,
        "instance": message.instance,
        "correlation": dict(message.correlation),
        "variables": dict(message.variables),
        "expires_at": message.expires_at,
    }


def _message_of(document: Document) -> KeptMessage:
    correlation: Variables = document["correlation"]
    variables: Variables = document["variables"]
    instance = document["instance"]
    return KeptMessage(
        id=document["id"],
        version=document["version"],
        name=document["name"],
        case_id=document["case_id"],
        instance=None if instance is None else InstanceId(instance),
        correlation=correlation,
        variables=variables,
        expires_at=document["expires_at"],
    )
