from collections.abc import Mapping, Sequence

class BpmnTaskSpec:
    bpmn_id: str

class BpmnTask:
    task_spec: BpmnTaskSpec
    data: dict[str, object]

    def run(self) -> bool | None: ...

class BpmnWorkflow:
    completed: bool

    def __init__(self, spec: object, subprocess_specs: Mapping[str, object]) -> None: ...
    def do_engine_steps(self) -> None: ...
    def get_tasks(self, *, state: int, manual: bool) -> Sequence[BpmnTask]: ...
