"""What all use cases work with, for the life of the process: each part has its own."""

from dataclasses import dataclass

from resolvers.flows.services import FlowServices
from resolvers.knowledge.services import KnowledgeServices
from resolvers.matching.services import MatchingServices
from resolvers.quality.services import QualityServices
from resolvers.resources.services import ResourceServices


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCaseServices:
    resources: ResourceServices
    flows: FlowServices
    knowledge: KnowledgeServices
    matching: MatchingServices
    quality: QualityServices
