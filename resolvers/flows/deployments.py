"""Deployments kept in the document store; what is frozen in them is remembered by this process."""

from collections import OrderedDict

from engine.flow.instance import DeploymentId
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from resolvers.flows.records import DEPLOYMENTS, STANDARD, deployment_of
from resolvers.ports import Document, DocumentStore, Query

MAX_REMEMBERED = 500  # deployments; a model is some 10 kB
MAX_DEPLOYMENTS = 1_000  # of one flow that are looked at, the newest


class Deployments:
    """Implements the runtime's `DeploymentStore`. A rollout is read anew each time: it may change."""

    def __init__(self, store: DocumentStore, parts: FlowParts = STANDARD) -> None:
        self._store = store
        self._parts = parts
        self._remembered: OrderedDict[DeploymentId, Deployment] = OrderedDict()

    async def find_deployment(self, deployment: DeploymentId) -> Deployment | None:
        """As it was when this process first read it: its rollout may have changed."""
        known = self._remembered.get(deployment)
        if known is not None:
            self._remembered.move_to_end(deployment)
            return known
        document = await self._store.find(DEPLOYMENTS, deployment)
        return None if document is None else self._remember(document)

    async def deployments(self, flow_key: str) -> list[Deployment]:
        page = await self._store.select(
            Query(
                collection=DEPLOYMENTS,
                index="by_flow",
                equal={"flow_key": flow_key},
                descending=True,
                limit=MAX_DEPLOYMENTS,
            )
        )
        return [self._remember(document) for document in page.documents]

    def _remember(self, document: Document) -> Deployment:
        known = self._remembered.get(DeploymentId(document["id"]))
        if known is None or known.rollout != document["rollout"]:
            known = self._remembered[DeploymentId(document["id"])] = deployment_of(document, self._parts)
            if len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)
        return known
