"""Save and check flows, and look them up and their deployments."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from engine.flow.checks import CheckContext
from engine.flow.errors import FlowInvalid, FlowNotFound, FlowVersionConflict
from engine.flow.formats import ModelFormat
from engine.flow.instance import DeploymentId
from engine.flow.model import CallActivity, FlowModel
from engine.flow.ports import Deployment
from engine.problem import Problem
from resolvers.access import admit_admin, admit_to_unit
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.access import of_unit
from resolvers.flows.records import (
    DEPLOYMENTS,
    FLOWS,
    FlowRecord,
    deployment_of,
    flow_of,
    flow_to_document,
)
from resolvers.flows.usage import Describe
from resolvers.paging import PageOf, select_page
from resolvers.ports import Document, Insert, Query, Replace
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
    return await checked(context, read, problems, units=context.principal.units)


async def problems_of(context: Context, record: FlowRecord) -> list[Problem]:
    model, problems = context.flows.parts.read_model(record.model)
    found = [*record.problems, *problems]
    return await checked(context, model, found, key=record.key, units={record.unit})


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
async def checked(
    context: Context,
    model: FlowModel,
    found: Sequence[Problem],
    *,
    units: Collection[str],
    key: str | None = None,
    describe: Describe | None = None,
) -> list[Problem]:
    """`units`: those as whose flow it would run. `describe`: on another graph than the one that serves."""
    called = await _called_models(context, model)
    check = CheckContext(
        flow_key=key,
        describe=partial(describe or context.flows.graph.describe, units=units),
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


def bpmn_of(context: Context, deployment: Deployment) -> str:
    """Raises `InputInvalid` for a model with elements that BPMN has no words for."""
    try:
        return context.flows.parts.export_bpmn(deployment.model)
    except ValueError as error:
        raise InputInvalid(argument="bpmn", reason=f"cannot be written: {error}") from None
