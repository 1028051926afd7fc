"""The platform's root types, put together from the parts."""

import strawberry

from schema.flows.migrations import FlowMigrationsMutation
from schema.flows.mutation import FlowsMutation
from schema.flows.query import FlowsQuery
from schema.flows.subscription import FlowsSubscription
from schema.flows.trials import FlowTrialsQuery
from schema.identity import IdentityQuery
from schema.knowledge.mutation import KnowledgeMutation
from schema.knowledge.query import KnowledgeQuery
from schema.matching.mutation import MatchingMutation
from schema.matching.query import MatchingQuery
from schema.operations.mutation import OperationsMutation
from schema.operations.query import OperationsQuery
from schema.quality.query import QualityQuery
from schema.resources.mutation import ResourcesMutation
from schema.resources.query import ResourcesQuery
from schema.resources.subscription import ResourcesSubscription


@strawberry.type
class Query(
    ResourcesQuery,
    OperationsQuery,
    QualityQuery,
    FlowsQuery,
    FlowTrialsQuery,
    KnowledgeQuery,
    MatchingQuery,
    IdentityQuery,
):
    pass


@strawberry.type
class Mutation(
    ResourcesMutation,
    OperationsMutation,
    FlowsMutation,
    FlowMigrationsMutation,
    KnowledgeMutation,
    MatchingMutation,
):
    pass


@strawberry.type
class Subscription(ResourcesSubscription, FlowsSubscription):
    pass
