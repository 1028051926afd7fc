"""What the resource use cases work with, for the life of the process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from resolvers.operations.services import OperationServices
from resolvers.ports import DocumentStore
from resolvers.resources.catalog import CatalogKeeper
from resolvers.resources.news import ModuleNews
from resolvers.resources.ports import Explainer, Revisions, SecretBox, UsageIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceServices:
    """`now` tells the time, aware and in UTC."""

    store: DocumentStore
    secrets: SecretBox
    keeper: CatalogKeeper
    revisions: Revisions
    explainer: Explainer
    usage: UsageIndex
    operations: OperationServices
    news: ModuleNews
    now: Callable[[], datetime]
