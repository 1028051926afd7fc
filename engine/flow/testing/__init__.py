"""Try flows out: scenarios on the real runtime, in memory, with mocked resources.

run = await run_scenario(Trial(model=model, now=now), scenario, MockedResources(mocks=scenario.resources))
run.ok, run.trace, run.coverage, run.problems
"""

from engine.flow.testing.mocks import MockedResources
from engine.flow.testing.run import Trial, run_scenario
from engine.flow.testing.scenario import (
    Answer,
    CommitAnswer,
    Expected,
    MessageAnswer,
    Scenario,
    WaitAnswer,
    answer_of,
)
from engine.flow.testing.trace import TrialRun, TrialStep, coverage

__all__ = [
    "Answer",
    "CommitAnswer",
    "Expected",
    "MessageAnswer",
    "MockedResources",
    "Scenario",
    "Trial",
    "TrialRun",
    "TrialStep",
    "WaitAnswer",
    "answer_of",
    "coverage",
    "run_scenario",
]
