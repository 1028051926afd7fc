"""The same flow on SpiffWorkflow, its state saved after each step: `python -m bench.flow_spiff SECONDS`."""

import sys

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

from bench.flow_driver import TASKS, linear
from bench.flow_measured import Stopwatch
from engine.flow.formats.bpmn import to_bpmn
from engine.flow.formats.bpmn_export import PROCESS


def commits_a_second(seconds: float) -> str:
    """As ours, the clock does not run while an instance is made."""
    parser = BpmnParser()
    parser.add_bpmn_str(to_bpmn(linear(), condition=lambda text: text.replace("vars.", "")).encode())
    spec, called = parser.get_spec(PROCESS), parser.get_subprocess_specs(PROCESS)
    serializer = BpmnWorkflowSerializer()
    made, watch = 0, Stopwatch()
    while watch.spent_s < seconds:
        workflow = BpmnWorkflow(spec, called)
        workflow.do_engine_steps()
        with watch:
            for name in TASKS:
                [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
                task.data.update({name: 1})
                task.run()
                workflow.do_engine_steps()
                serializer.serialize_json(workflow)
        assert workflow.completed
        made += len(TASKS)
    return watch.told(made)


if __name__ == "__main__":
    print(commits_a_second(float(sys.argv[1])))
