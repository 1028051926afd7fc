"""Flows and deployments as clients see them."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Info
from strawberry.scalars import JSON

from engine.flow import ports
from resolvers.context import Context
from resolvers.flows import definitions, records
from schema.paging import PageInfo
from schema.problem import Problem


@strawberry.type
class Deployment:
    id: ID
    flow_key: str
    version: int
    deployed_at: datetime
    deployed_by: str
    rollout: int
    hash: str
    domain: strawberry.Private[ports.Deployment]

    @strawberry.field
    def model(self, info: Info[Context, None]) -> JSON:
        return JSON(info.context.flows.parts.write_model(self.domain.model))

    @strawberry.field
    def bpmn(self, info: Info[Context, None]) -> str:
        return definitions.bpmn_of(info.context, self.domain)

    @classmethod
    def of(cls, deployment: ports.Deployment) -> Deployment:
        return cls(
            id=ID(deployment.id),
            flow_key=deployment.flow_key,
            version=deployment.version,
            deployed_at=deployment.deployed_at,
            deployed_by=deployment.deployed_by,
            rollout=deployment.rollout,
            hash=deployment.hash,
            domain=deployment,
        )


@strawberry.type
class Flow:
    key: str
    name: str | None
    unit: str
    revision: int
    model: JSON
    record: strawberry.Private[records.FlowRecord]

    @strawberry.field
    async def problems(self, info: Info[Context, None]) -> list[Problem]:
        return [Problem.of(one) for one in await definitions.problems_of(info.context, self.record)]

    @strawberry.field(description="The newest first.")
    async def deployments(self, info: Info[Context, None]) -> list[Deployment]:
        return [Deployment.of(one) for one in await info.context.flows.deployments.deployments(self.key)]

    @strawberry.field
    async def latest(self, info: Info[Context, None]) -> Deployment | None:
        deployments = await info.context.flows.deployments.deployments(self.key)
        return Deployment.of(deployments[0]) if deployments else None

    @classmethod
    def of(cls, record: records.FlowRecord) -> Flow:
        return cls(
            key=record.key,
            name=record.name,
            unit=record.unit,
            revision=record.revision,
            model=JSON(record.model),
            record=record,
        )


@strawberry.type
class FlowConnection:
    nodes: list[Flow]
    page_info: PageInfo
