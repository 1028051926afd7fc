"""Try a model out with given answers and mocked resources: nothing is stored, nothing is called."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from engine.flow.formats import ModelFormat
from engine.flow.instance import Variables
from engine.flow.model import CallActivity, FlowModel, Json
from engine.flow.ports import Deployment
from engine.flow.testing import (
    Answer,
    MockedResources,
    Scenario,
    Trial,
    TrialRun,
    answer_of,
    run_scenario,
)
from engine.problem import Severity
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import of_unit
from resolvers.flows.definitions import check_flow

MAX_ANSWERS = 100  # of one run: a case that people handle has some ten
MAX_CALLED = 100  # flows that are called, directly or through others


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialGiven:
    format: ModelFormat
    model: object
    variables: Mapping[str, object]
    answers: Sequence[object]
    resources: Mapping[str, object]


async def try_flow(context: Context, given: TrialGiven) -> TrialRun:
    """With all that checking the model says among the problems. Steps in other units' flows are left out."""
    flows = context.flows
    answers = _answers(given.answers)
    model, read = flows.parts.import_model(given.format, given.model)
    problems = await check_flow(context, given.format, given.model)
    if any(problem.severity is Severity.ERROR for problem in read):
        return TrialRun.of_none(model, problems)
    trial = Trial(
        model=model,
        now=flows.now(),
        called=await called_deployments(context, model),
        parts=flows.parts,
        calendars=flows.calendars,
    )
    scenario = Scenario(
        variables=cast("Variables", dict(given.variables)),  # JSON, as GraphQL's scalar read it
        answers=answers,
    )
    mocks = cast("Mapping[str, Json]", given.resources)  # as above
    resources = MockedResources(mocks=mocks, known=flows.graph.describe, apis_of=flows.apis_of)
    run = await run_scenario(trial, scenario, resources)
    own = [step for step in run.trace if step.unit == trial.unit or of_unit(context.principal, step.unit)]
    return replace(run, trace=own, problems=[*problems, *run.problems])


async def called_deployments(context: Context, model: FlowModel) -> list[Deployment]:
    """The deployments that a model deployed now would call, and what those call; a flow's newest last."""
    store = context.flows.deployments
    found: dict[str, Deployment] = {}
    asked: set[str] = set()
    waiting = deque(_called_by(model))
    while waiting and len(found) < MAX_CALLED:
        key = waiting.popleft()
        if key in asked:
            continue
        asked.add(key)
        deployments = await store.deployments(key)
        full = [deployment for deployment in deployments if deployment.rollout == 100]
        for deployment in (full or deployments)[:1]:
            found[deployment.id] = deployment
            waiting += _called_by(deployment.model)
            pinned = [await store.find_deployment(one) for one in deployment.pinned.values()]
            found = {one.id: one for one in pinned if one is not None} | found
    return list(found.values())


def _called_by(model: FlowModel) -> list[str]:
    return [element.flow for element in model.elements.values() if isinstance(element, CallActivity)]


def _answers(given: Sequence[object]) -> list[Answer]:
    if len(given) > MAX_ANSWERS:
        raise InputInvalid(argument="answers", reason=f"has at most {MAX_ANSWERS} entries")
    answers: list[Answer] = []
    for number, raw in enumerate(given):
        try:
            answers.append(answer_of(raw))
        except ValueError as error:
            raise InputInvalid(argument=f"answers[{number}]", reason=str(error)) from None
    return answers
