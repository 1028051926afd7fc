"""The start event: where the tokens of a flow or of a sub-process begin."""

from engine.flow.elements.contract import Compiling, ElementExecutor, ElementType, Moments
from engine.flow.elements.passing import Passing
from engine.flow.model import StartEvent


def _compile(element: StartEvent, compiling: Compiling) -> ElementExecutor:
    return Passing(moments=Moments(entered=compiling.branches_on_reads))


START_EVENT = ElementType(name="startEvent", model=StartEvent, compile=_compile)
