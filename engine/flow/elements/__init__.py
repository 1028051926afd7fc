"""Element types: how each is compiled, and how it decides what comes next.

`ELEMENT_TYPES` is the closed core. A plug-in adds rows: `{**by_model(ELEMENT_TYPES), **by_model(more)}`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.flow.elements.boundary_event import BOUNDARY_EVENT
from engine.flow.elements.call_activity import CALL_ACTIVITY
from engine.flow.elements.contract import ElementType
from engine.flow.elements.end_event import END_EVENT
from engine.flow.elements.exclusive_gateway import EXCLUSIVE_GATEWAY
from engine.flow.elements.inclusive_gateway import INCLUSIVE_GATEWAY
from engine.flow.elements.message_catch_event import MESSAGE_CATCH_EVENT
from engine.flow.elements.parallel_gateway import PARALLEL_GATEWAY
from engine.flow.elements.service_task import SERVICE_TASK
from engine.flow.elements.start_event import START_EVENT
from engine.flow.elements.sub_process import SUB_PROCESS
from engine.flow.elements.timer_catch_event import TIMER_CATCH_EVENT
from engine.flow.elements.user_task import USER_TASK
from engine.flow.model import Element

__all__ = ["ELEMENT_TYPES", "AnyElementType", "ElementType", "by_model"]

AnyElementType = ElementType[Any]  # rows of the table differ in the element they are of
ELEMENT_TYPES: tuple[AnyElementType, ...] = (
    START_EVENT,
    END_EVENT,
    USER_TASK,
    SERVICE_TASK,
    EXCLUSIVE_GATEWAY,
    PARALLEL_GATEWAY,
    INCLUSIVE_GATEWAY,
    CALL_ACTIVITY,
    TIMER_CATCH_EVENT,
    MESSAGE_CATCH_EVENT,
    BOUNDARY_EVENT,
    SUB_PROCESS,
)


def by_model(types: Iterable[AnyElementType]) -> Mapping[type[Element], AnyElementType]:
    return {row.model: row for row in types}
