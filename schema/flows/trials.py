"""Root fields that try flows out, and what came of it."""

from __future__ import annotations

import strawberry
from strawberry import UNSET, Info
from strawberry.scalars import JSON

from engine.flow import testing
from engine.flow.instance import InstanceStatus
from resolvers.context import Context
from resolvers.flows import replaying, trying
from schema.flows.inputs import FlowModelInput, given
from schema.objects import given_object
from schema.problem import Problem


@strawberry.input(
    description="answers: what to commit at each task, in order ($task names one, $message sends one, $wait"
    " lets a duration pass); resources: mocked values by 'Type.field' or API id"
)
class TestFlowInput:
    __test__ = False  # no test, whatever its name begins with

    model: FlowModelInput
    variables: JSON | None = UNSET
    answers: list[JSON]
    resources: JSON | None = UNSET

    def to_trial(self) -> trying.TrialGiven:
        return trying.TrialGiven(
            format=self.model.format,
            model=self.model.model,
            variables=given_object(self.variables, argument="variables") or {},
            answers=self.answers,
            resources=given_object(self.resources, argument="resources") or {},
        )


@strawberry.type(
    description="elementKey: of a called flow it begins with the keys of the call activities; took: the flows"
    " it was left by"
)
class TestStep:
    __test__ = False

    element_key: str
    element_type: str
    took: str | None
    reads: JSON | None


@strawberry.type(description="coverage: the share of elements and sequence flows that were passed")
class FlowTestRun:
    status: InstanceStatus
    trace: list[TestStep]
    variables: JSON
    open_tasks: list[str]
    coverage: float
    problems: list[Problem]

    @classmethod
    def of(cls, run: testing.TrialRun) -> FlowTestRun:
        return cls(
            status=run.status,
            trace=[
                TestStep(
                    element_key=step.element,
                    element_type=step.type,
                    took=", ".join(step.took) or None,
                    reads=JSON(step.reads) if step.reads else None,
                )
                for step in run.trace
            ],
            variables=JSON(run.variables),
            open_tasks=list(run.open_tasks),
            coverage=run.coverage,
            problems=[Problem.of(problem) for problem in run.problems],
        )


@strawberry.input(description="model: null for the flow's draft; limit: the latest completed instances")
class BackTestInput:
    flow_key: str
    model: FlowModelInput | None = UNSET
    since_days: int = 30
    limit: int = 1000

    def to_back_test(self) -> replaying.BackTestGiven:
        model = given(self.model)
        return replaying.BackTestGiven(
            flow_key=self.flow_key,
            model=None if model is None else (model.format, model.model),
            since_days=self.since_days,
            limit=self.limit,
        )


@strawberry.type(
    description="divergences: the most frequent first: at, was, wouldBe, undecidable, count, instances"
)
class BackTestReport:
    replayed: int
    same: int
    different: int
    undecidable: int
    divergences: JSON


@strawberry.type
class FlowTrialsQuery:
    @strawberry.field(
        description="Run a model step by step with given answers and mocked resources; nothing is stored,"
        " nothing is called."
    )
    @staticmethod
    async def test_flow(info: Info[Context, None], input: TestFlowInput) -> FlowTestRun:  # noqa: A002  # the contract's name
        return FlowTestRun.of(await trying.try_flow(info.context, input.to_trial()))

    @strawberry.field(description="Where past instances' answers would lead in another version.")
    @staticmethod
    async def back_test(info: Info[Context, None], input: BackTestInput) -> BackTestReport:  # noqa: A002  # the contract's name
        tested = await replaying.back_test(info.context, input.to_back_test())
        return BackTestReport(
            replayed=tested.replayed,
            same=tested.same,
            different=tested.different,
            undecidable=tested.undecidable,
            divergences=JSON(tested.divergences),
        )
