"""Freeze a draft as a deployment, checked on the graph that was published last: it may change meanwhile."""

from dataclasses import replace
from hashlib import sha256

import orjson

from engine.flow.checks.operations import operations
from engine.flow.errors import FlowInvalid, FlowVersionConflict
from engine.flow.instance import DeploymentId
from engine.flow.model import CallActivity, FlowModel
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from engine.problem import Severity
from resolvers.access import admit_to_unit
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.definitions import MAX_RACES, checked, get_flow
from resolvers.flows.records import (
    DEPLOYMENTS,
    FLOWS,
    STANDARD,
    FlowRecord,
    deployment_id,
    deployment_of,
    deployment_to_document,
    flow_to_document,
)
from resolvers.flows.usage import Describe
from resolvers.ports import Insert, Replace, Write
from resolvers.resources.contention import take_turn
from resolvers.store_errors import UniqueConflict, VersionConflict


async def deploy_flow(context: Context, key: str, *, note: str | None, rollout: int) -> Deployment:
    """Freeze the draft as the next deployment; the unchanged draft only changes the newest one's rollout.

    Raises `FlowNotFound`, `FlowInvalid`, `AccessDenied`.
    """
    if not 0 <= rollout <= 100:
        raise InputInvalid(argument="rollout", reason="is a percentage from 0 to 100")
    for _ in range(MAX_RACES):
        turn = await take_turn(context.flows.store)
        describe = await _describe_newest(context)
        record = await get_flow(context, key)
        admit_to_unit(context.principal, record.unit)
        deployment, writes = await _deployed(context, record, note=note, rollout=rollout, describe=describe)
        try:
            await context.flows.store.write(*writes, turn.taken())
        except (UniqueConflict, VersionConflict):
            continue
        return deployment
    raise FlowVersionConflict(what=f"The flow {key!r}", expected=0, actual=0)


async def _describe_newest(context: Context) -> Describe:
    """Operations on the graph that was published last, which this worker may not serve yet."""
    registry = (await context.resources.keeper.refresh()).registry
    if registry is context.resources.revisions.current() or context.flows.describing is None:
        return context.flows.graph.describe
    return context.flows.describing(registry)


async def _deployed(
    context: Context, record: FlowRecord, *, note: str | None, rollout: int, describe: Describe
) -> tuple[Deployment, list[Write]]:
    """What is deployed, and the writes that do it. Raises `FlowInvalid`."""
    parts = context.flows.parts
    model, problems = parts.read_model(record.model)
    found = [*record.problems, *problems]
    problems = await checked(context, model, found, key=record.key, units={record.unit}, describe=describe)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise FlowInvalid(errors)
    digest = hash_of(model, parts)
    if record.deployed:
        document = await context.flows.store.get(DEPLOYMENTS, deployment_id(record.key, record.deployed))
        newest = deployment_of(document, parts)
        if newest.hash == digest:
            changed = replace(newest, rollout=rollout, note=newest.note if note is None else note)
            version = document["version"] + 1
            again = deployment_to_document(changed, version=version, parts=parts)
            return changed, [Replace(collection=DEPLOYMENTS, document=again)]
    deployment = Deployment(
        id=deployment_id(record.key, record.deployed + 1),
        flow_key=record.key,
        version=record.deployed + 1,
        unit=record.unit,
        model=model,
        hash=digest,
        deployed_at=context.flows.now(),
        deployed_by=context.principal.subject,
        rollout=rollout,
        note=note,
        pinned=await _pinned(context, model),
        uses=_uses_of(model, describe),
    )
    draft = replace(record, deployed=deployment.version, version=record.version + 1)
    return deployment, [
        Insert(collection=DEPLOYMENTS, document=deployment_to_document(deployment, parts=parts)),
        Replace(collection=FLOWS, document=flow_to_document(draft)),
    ]


async def _pinned(context: Context, model: FlowModel) -> dict[str, DeploymentId]:
    """The newest full deployment of each flow that is called and pinned, else its newest."""
    pinned: dict[str, DeploymentId] = {}
    for element in model.elements.values():
        if isinstance(element, CallActivity) and not element.latest:
            deployments = await context.flows.deployments.deployments(element.flow)
            full = [deployment for deployment in deployments if deployment.rollout == 100]
            if deployments:
                pinned[element.flow] = (full or deployments)[0].id
    return pinned


def _uses_of(model: FlowModel, describe: Describe) -> frozenset[str]:
    """Coordinates of the resource fields that its operations use, such as `Order.buyer`."""
    described = (describe(operation.call) for operation in operations(model))
    return frozenset(use for one in described for use in one.uses)


def hash_of(model: FlowModel, parts: FlowParts = STANDARD) -> str:
    """One text for one model, wherever its keys stood."""
    return sha256(orjson.dumps(parts.write_model(model), option=orjson.OPT_SORT_KEYS)).hexdigest()
