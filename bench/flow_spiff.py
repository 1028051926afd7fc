"""The same flow on SpiffWorkflow, its state saved after each step: `python -m bench.flow_spiff SECONDS`."""

import sys
from time import perf_counter

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench.flow_driver import TASKS, linear
from engine.flow.formats.bpmn import to_bpmn
from engine.flow.formats.bpmn_export import PROCESS


def commits_a_second(seconds: float) -> float:
    """As ours, the clock does not run while an instance is made."""
    parser = BpmnParser()
    parser.add_bpmn_str(to_bpmn(linear(), condition=lambda text: text.replace("vars.", "")).encode())
    spec, called = parser.get_spec(PROCESS), parser.get_subprocess_specs(PROCESS)
    serializer = BpmnWorkflowSerializer()
    made, spent = 0, 0.0
    while spent < seconds:
        workflow = BpmnWorkflow(spec, called)
        workflow.do_engine_steps()
        began = perf_counter()
        for name in TASKS:
            [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
            task.data.update({name: 1})
            task.run()
            workflow.do_engine_steps()
            serializer.serialize_json(workflow)
        spent += perf_counter() - began
        assert workflow.completed
        made += len(TASKS)
    return made / spent


if __name__ == "__main__":
    print(commits_a_second(float(sys.argv[1])))
