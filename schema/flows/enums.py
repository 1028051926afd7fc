"""Words of the flow engine as GraphQL enums."""

from enum import StrEnum

import strawberry

from engine.flow.formats import ModelFormat
from engine.flow.instance import InstanceStatus, NodeStatus

strawberry.enum(ModelFormat)
strawberry.enum(InstanceStatus)
strawberry.enum(NodeStatus)


@strawberry.enum
class TaskOrder(StrEnum):
    DUE = "DUE"
    CREATED = "CREATED"
