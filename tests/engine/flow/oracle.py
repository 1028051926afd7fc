"""SpiffWorkflow running the BPMN of a flow: what another engine has open after the same answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from engine.flow.formats.bpmn import to_bpmn
from engine.flow.formats.bpmn_export import PROCESS
from engine.flow.model import FlowModel

if TYPE_CHECKING:
    from SpiffWorkflow.bpmn import BpmnTask  # only our stubs have the name


class Oracle:
    """One instance. Its ids are our keys, for keys that are ids of XML."""

    def __init__(self, model: FlowModel) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(to_bpmn(model, condition=in_python).encode())
        spec = parser.get_spec(PROCESS)
        self._workflow = BpmnWorkflow(spec, parser.get_subprocess_specs(PROCESS))
        self._workflow.do_engine_steps()

    @property
    def open_tasks(self) -> list[str]:
        return sorted(task.task_spec.bpmn_id for task in self._ready())

    @property
    def completed(self) -> bool:
        return self._workflow.completed

    def commit(self, element: str, **variables: int) -> None:
        task = next(task for task in self._ready() if task.task_spec.bpmn_id == element)
        task.data.update(variables)
        task.run()
        self._workflow.do_engine_steps()

    def _ready(self) -> Sequence[BpmnTask]:
        return self._workflow.get_tasks(state=TaskState.READY, manual=True)


def in_python(condition: str) -> str:
    """Of the conditions that random flows are drawn with: numbers are whole, `/` rounds down."""
    return condition.replace("vars.", "").replace("/", "//")
