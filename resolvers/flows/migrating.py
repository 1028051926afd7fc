"""Move running instances of a flow from one version to another."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.flow.documents import of_document
from engine.flow.errors import StepContended
from engine.flow.instance import Instance, InstanceId, InstanceStatus
from engine.flow.migration import Migration
from engine.flow.runtime import Asking
from engine.problem import Problem, Severity
from resolvers.access import admit_to_unit
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.flows.definitions import get_flow
from resolvers.flows.instances import INSTANCES, running_facet
from resolvers.flows.records import deployment_id
from resolvers.ports import Query

MAX_AT_ONCE = 1_000  # instances of one request: some seconds of writes
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationGiven:
    flow_key: str
    from_version: int
    to_version: int
    mapping: Mapping[str, object]
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """Of a dry run: what would be. `problems`: each once, with the number of instances that have it."""

    migrated: int
    refused: int
    problems: list[Problem]


class _Obstructed(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


async def migrate_instances(context: Context, given: MigrationGiven) -> Migrated:
    """One write for each; an instance that moves on meanwhile is judged as it is then.

    Raises `FlowNotFound`, `DeploymentNotFound`, `AccessDenied`, `InputInvalid`.
    """
    record = await get_flow(context, given.flow_key)
    admit_to_unit(context.principal, record.unit)
    migration = await _migration(context, given)
    if mistakes := migration.mistakes():
        return Migrated(migrated=0, refused=0, problems=mistakes)
    found = await _running(context, given)
    done, found_problems = 0, Counter[Problem]()
    for instance in found[:MAX_AT_ONCE]:
        problems = migration.obstacles(instance)
        if not problems and not given.dry_run:
            problems = await _move(context, instance.id, migration)
        done += not problems
        found_problems.update(problems)
    told = [_counted(problem, times) for problem, times in found_problems.items()]
    if len(found) > MAX_AT_ONCE:
        message = f"there are more than these {MAX_AT_ONCE:,} instances: ask again for the others"
        told.append(Problem(code="MIGRATION_MORE", severity=Severity.INFO, message=message))
    return Migrated(migrated=done, refused=min(len(found), MAX_AT_ONCE) - done, problems=told)


async def _migration(context: Context, given: MigrationGiven) -> Migration:
    if given.from_version == given.to_version:
        raise InputInvalid(argument="toVersion", reason="is the version they run already")
    mapping: dict[str, str] = {}
    for old, new in given.mapping.items():
        if not isinstance(new, str):
            raise InputInvalid(argument="mapping", reason="gives old keys their new keys")
        mapping[old] = new
    old = await context.flows.deployed.get(deployment_id(given.flow_key, given.from_version))
    new = await context.flows.deployed.get(deployment_id(given.flow_key, given.to_version))
    return Migration(old=old.flow, new=new.flow, to=new.deployment.id, mapping=mapping)


async def _running(context: Context, given: MigrationGiven) -> list[Instance]:
    deployment = deployment_id(given.flow_key, given.from_version)
    found: list[Instance] = []
    query = Query(
        collection=INSTANCES, index="by_facet", equal={"facets": running_facet(deployment)}, limit=PAGE
    )
    while True:
        page = await context.flows.store.select(query)
        found += [of_document(document) for document in page.documents]
        if page.next is None or len(found) > MAX_AT_ONCE:
            return [one for one in found if one.deployment == deployment]
        query = replace(query, after=page.next)


async def _move(context: Context, instance: InstanceId, migration: Migration) -> list[Problem]:
    """Why it was not moved after all; none: it was."""
    asking = Asking(subject=context.principal.subject)

    def move(found: Instance) -> None:
        if found.deployment == migration.to:
            return
        if found.status is not InstanceStatus.RUNNING or (problems := migration.obstacles(found)):
            raise _Obstructed(migration.obstacles(found))
        assert not problems
        migration.apply(found)

    try:
        await context.flows.runtime.edit_instance(asking, instance, move)
    except _Obstructed as obstructed:
        return obstructed.problems
    except StepContended as contended:
        return [Problem(code=contended.code, message=str(contended))]
    return []


def _counted(problem: Problem, times: int) -> Problem:
    counted = "1 instance" if times == 1 else f"{times} instances"
    return replace(problem, message=f"{problem.message} ({counted})")
