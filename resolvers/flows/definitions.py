"""Save, check and deploy flows, and look them up."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256

import orjson

from engine.flow.checks import CheckContext
from engine.flow.checks.operations import operations
from engine.flow.errors import FlowInvalid, FlowNotFound, FlowVersionConflict
from engine.flow.formats import ModelFormat
from engine.flow.instance import DeploymentId
from engine.flow.model import CallActivity, FlowModel
from engine.flow.parts import FlowParts
from engine.flow.ports import Deployment
from engine.problem import Problem, Severity
from resolvers.access import admit_admin, admit_to_unit
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import of_unit
from resolvers.flows.paging import PageOf, select_page
from resolvers.flows.records import (
    DEPLOYMENTS,
    FLOWS,
    STANDARD,
    FlowRecord,
    deployment_id,
    deployment_of,
    deployment_to_document,
    flow_of,
    flow_to_document,
)
from resolvers.ports import Document, Insert, Query, Replace, Write
from resolvers.store_errors import UniqueConflict, VersionConflict

FLOW_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")  # no @: it divides a deployment's id
MAX_CALL_DEPTH = 10
MAX_RACES = 20  # other writers of one flow that may win before this one gives up


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowInput:
    """A model to save. `expected_revision`: 0 for a flow that must not exist yet."""

    key: str
    unit: str
    format: ModelFormat
    model: object
    name: str | None = None
    expected_revision: int | None = None


async def save_flow(context: Context, given: FlowInput) -> FlowRecord:
    """Keep the model as the flow's draft, problems and all; an unchanged one makes no new revision.

    Raises `AccessDenied`, `FlowVersionConflict`, `FlowInvalid` for what is no model at all.
    """
    if not FLOW_KEY.fullmatch(given.key):
        raise InputInvalid(argument="key", reason="is a letter, then letters, digits, '_', '.' or '-'")
    admit_to_unit(context.principal, given.unit)
    model, problems = context.flows.parts.import_model(given.format, given.model)
    if not model.elements and problems:
        raise FlowInvalid(problems)
    for _ in range(MAX_RACES):
        current = await find_flow(context, given.key)
        record = _next_revision(context, given, current, model, problems)
        if record is current:
            return record
        write = Insert if current is None else Replace
        try:
            await context.flows.store.write(write(collection=FLOWS, document=flow_to_document(record)))
        except (UniqueConflict, VersionConflict):
            continue
        return record
    raise FlowVersionConflict(what=f"The flow {given.key!r}", expected=0, actual=0)


async def check_flow(context: Context, format_: ModelFormat, model: object) -> list[Problem]:
    """All problems of a model, without saving it."""
    read, problems = context.flows.parts.import_model(format_, model)
    return await _checked(context, read, problems, units=context.principal.units)


async def problems_of(context: Context, record: FlowRecord) -> list[Problem]:
    model, problems = context.flows.parts.read_model(record.model)
    found = [*record.problems, *problems]
    return await _checked(context, model, found, key=record.key, units={record.unit})


async def deploy_flow(context: Context, key: str, *, note: str | None, rollout: int) -> Deployment:
    """Freeze the draft as the next deployment; the unchanged draft only changes the newest one's rollout.

    Raises `FlowNotFound`, `FlowInvalid`, `AccessDenied`.
    """
    if not 0 <= rollout <= 100:
        raise InputInvalid(argument="rollout", reason="is a percentage from 0 to 100")
    for _ in range(MAX_RACES):
        record = await get_flow(context, key)
        admit_to_unit(context.principal, record.unit)
        deployment, writes = await _deployed(context, record, note=note, rollout=rollout)
        try:
            await context.flows.store.write(*writes)
        except (UniqueConflict, VersionConflict):
            continue
        return deployment
    raise FlowVersionConflict(what=f"The flow {key!r}", expected=0, actual=0)


async def find_flow(context: Context, key: str) -> FlowRecord | None:
    document = await context.flows.store.find(FLOWS, key)
    return None if document is None else flow_of(document)


async def get_flow(context: Context, key: str) -> FlowRecord:
    """Raises `FlowNotFound`."""
    record = await find_flow(context, key)
    if record is None:
        raise FlowNotFound(flow_key=key)
    return record


async def find_visible_flow(context: Context, key: str) -> FlowRecord | None:
    """None for one that is not there, or is another unit's."""
    record = await find_flow(context, key)
    return record if record is not None and of_unit(context.principal, record.unit) else None


async def find_visible_deployment(context: Context, deployment: DeploymentId) -> Deployment | None:
    document = await context.flows.store.find(DEPLOYMENTS, deployment)
    found = None if document is None else deployment_of(document, context.flows.parts)
    return found if found is not None and of_unit(context.principal, found.unit) else None


async def list_flows(context: Context, *, first: int, after: str | None) -> PageOf[FlowRecord]:
    """Those of the caller's units, by key."""

    async def expand(document: Document) -> list[FlowRecord]:
        record = flow_of(document)
        return [record] if of_unit(context.principal, record.unit) else []

    return await select_page(context.flows.store, Query(collection=FLOWS), expand, first=first, after=after)


# ---------------------------------------------------------------------- saving
def _next_revision(
    context: Context,
    given: FlowInput,
    current: FlowRecord | None,
    model: FlowModel,
    problems: Sequence[Problem],
) -> FlowRecord:
    revision = 0 if current is None else current.revision
    if given.expected_revision not in (None, revision):
        raise FlowVersionConflict(
            what=f"The flow {given.key!r}", expected=given.expected_revision, actual=revision
        )
    written = _kept(context, given, model)
    saved = FlowRecord(
        key=given.key,
        name=given.name,
        unit=given.unit,
        revision=revision + 1,
        model=written,
        problems=() if given.format is ModelFormat.PAIFANG else tuple(problems),
        saved_at=context.flows.now(),
        saved_by=context.principal.subject,
    )
    if current is None:
        return saved
    admit_to_unit(context.principal, current.unit)
    if current.unit != given.unit:
        admit_admin(context.principal, to=f"give the flow of the unit {current.unit} to {given.unit}")
    name = current.name if given.name is None else given.name
    if (written, name, given.unit) == (current.model, current.name, current.unit):
        return current
    return replace(saved, name=name, version=current.version + 1, deployed=current.deployed)


def _kept(context: Context, given: FlowInput, model: FlowModel) -> Mapping[str, object]:
    """What a person wrote in our own format is kept as it was written, mistakes too."""
    if given.format is ModelFormat.PAIFANG and isinstance(given.model, dict):
        return given.model
    return context.flows.parts.write_model(model)


# ---------------------------------------------------------------------- checking
async def _checked(
    context: Context,
    model: FlowModel,
    found: Sequence[Problem],
    *,
    units: Collection[str],
    key: str | None = None,
) -> list[Problem]:
    """`units`: those as whose flow it would run."""
    called = await _called_models(context, model)
    check = CheckContext(
        flow_key=key,
        describe=partial(context.flows.graph.describe, units=units),
        find_flow=called.get,
        calendars=context.flows.calendars.calendars,
    )
    return [*found, *context.flows.parts.check_model(model, check)]


async def _called_models(context: Context, model: FlowModel) -> dict[str, FlowModel]:
    """The deployed models this one calls, and those they call."""
    found: dict[str, FlowModel] = {}
    wanted = _calls_of(model)
    for _ in range(MAX_CALL_DEPTH + 1):
        fresh = [key for key in wanted if key not in found]
        wanted = []
        for key in fresh:
            deployments = await context.flows.deployments.deployments(key)
            if deployments:
                found[key] = deployments[0].model
                wanted += _calls_of(deployments[0].model)
    return found


def _calls_of(model: FlowModel) -> list[str]:
    return [element.flow for element in model.elements.values() if isinstance(element, CallActivity)]


# ---------------------------------------------------------------------- deploying
async def _deployed(
    context: Context, record: FlowRecord, *, note: str | None, rollout: int
) -> tuple[Deployment, list[Write]]:
    parts = context.flows.parts
    model, problems = parts.read_model(record.model)
    found = [*record.problems, *problems]
    problems = await _checked(context, model, found, key=record.key, units={record.unit})
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
        uses=_uses_of(context, model),
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


def _uses_of(context: Context, model: FlowModel) -> frozenset[str]:
    """Coordinates of the resource fields that its operations use, such as `Order.buyer`."""
    described = (context.flows.graph.describe(operation.call) for operation in operations(model))
    return frozenset(use for one in described for use in one.uses)


def bpmn_of(context: Context, deployment: Deployment) -> str:
    """Raises `InputInvalid` for a model with elements that BPMN has no words for."""
    try:
        return context.flows.parts.export_bpmn(deployment.model)
    except ValueError as error:
        raise InputInvalid(argument="bpmn", reason=f"cannot be written: {error}") from None


def hash_of(model: FlowModel, parts: FlowParts = STANDARD) -> str:
    """One text for one model, wherever its keys stood."""
    return sha256(orjson.dumps(parts.write_model(model), option=orjson.OPT_SORT_KEYS)).hexdigest()
