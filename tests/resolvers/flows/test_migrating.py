"""Running instances move to another version: a dry run says what would be, and what cannot move stays."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from engine.access import Principal
from engine.flow.errors import DeploymentNotFound, RollbackImpossible
from engine.flow.formats import ModelFormat
from engine.flow.instance import DeploymentId, Instance, InstanceStatus
from engine.flow.runtime import Asking, Start, Taken
from resolvers.errors import AccessDenied, InputInvalid
from resolvers.flows.definitions import FlowInput, save_flow
from resolvers.flows.migrating import Migrated, MigrationGiven, migrate_instances
from schema.flows.instances import node_instances
from tests.platform.callers import CARE, RIDES
from tests.platform.opened import OpenPlatform, open_platform
from tests.resolvers.flows.models import Json, chain, flow, model, task
from tests.resolvers.flows.world import FlowWorld, make_world, open_keys, open_task
from tests.servers.document_stores import StoreData

OLD = chain(task("ask"), task("check"), task("tell"))
NEW = chain(task("ask"), task("inspect"), task("log"), task("tell"))
LATE = {"key": "late", "type": "boundaryEvent", "attachedTo": "check", "duration": "PT30M"}
GUARDED = model(
    {"key": "start", "type": "startEvent"},
    task("check"),
    LATE,
    task("supervise"),
    {"key": "end", "type": "endEvent"},
    flow("s1", "start", "check"),
    flow("s2", "check", "end"),
    flow("s3", "late", "supervise"),
    flow("s4", "supervise", "end"),
)


def forked(*between: Json) -> Json:
    """A fork of two tasks, with these after the join."""
    last = between[-1]["key"] if between else "join"
    more = [flow(f"to_{one['key']}", "join", one["key"]) for one in between[:1]]
    return model(
        {"key": "start", "type": "startEvent"},
        {"key": "fork", "type": "parallelGateway"},
        task("driver"),
        task("rider"),
        {"key": "join", "type": "parallelGateway"},
        *between,
        {"key": "end", "type": "endEvent"},
        flow("s1", "start", "fork"),
        flow("s2", "fork", "driver"),
        flow("s3", "fork", "rider"),
        flow("s4", "driver", "join"),
        flow("s5", "rider", "join"),
        *more,
        flow("s6", last, "end"),
    )


@dataclass(frozen=True, slots=True)
class Versions:
    """A flow `lock` with versions 1 and 2, and a process that runs it."""

    platform: OpenPlatform
    world: FlowWorld

    async def start(self, *commits: str) -> Taken:
        """An instance of version 1, in which these tasks are committed."""
        asking = Asking(subject="li")
        taken = await self.world.runtime.start(Start(asking=asking, deployment=DeploymentId("lock@1")))
        for element in commits:
            taken = await self.world.commit(open_task(taken, element), {element: True})
        return taken

    async def migrate(
        self,
        mapping: Mapping[str, object] | None = None,
        *,
        dry_run: bool = False,
        to: int = 2,
        principal: Principal = RIDES,
    ) -> Migrated:
        given = MigrationGiven(
            flow_key="lock", from_version=1, to_version=to, mapping=mapping or {}, dry_run=dry_run
        )
        return await migrate_instances(self.platform.context(principal), given)

    async def reload(self, taken: Taken) -> Instance:
        found = await self.world.instances.find(taken.instance.id)
        assert found is not None
        return found


@asynccontextmanager
async def open_versions(place: tuple[Path, StoreData], old: Json, new: Json) -> AsyncGenerator[Versions]:
    async with open_platform(*place) as platform:
        given = FlowInput(key="lock", unit="rides", format=ModelFormat.PAIFANG, model=new)
        await save_flow(platform.context(RIDES), given)
        world = make_world(platform.store)
        await world.deploy("lock", old, number=1)
        await world.deploy("lock", new, number=2)
        yield Versions(platform, world)


async def test_an_open_task_goes_on_in_the_other_version(tmp_path: Path, store_data: StoreData) -> None:
    async with open_versions((tmp_path, store_data), OLD, NEW) as versions:
        taken = await versions.start("ask")
        before = (await versions.reload(taken)).version
        assert await versions.migrate({"check": "inspect"}) == Migrated(migrated=1, refused=0, problems=[])
        moved = await versions.reload(taken)
        assert (moved.deployment, moved.version) == ("lock@2", before + 1)
        taken = await versions.world.commit(open_task(taken, "check"))  # the id it had
        assert open_keys(taken) == ["log"]
        taken = await versions.world.commit(open_task(taken, "log"))
        taken = await versions.world.commit(open_task(taken, "tell"))
        assert (taken.instance.status, taken.instance.variables) == (InstanceStatus.COMPLETED, {"ask": True})


async def test_a_dry_run_says_the_same_and_changes_nothing(tmp_path: Path, store_data: StoreData) -> None:
    async with open_versions((tmp_path, store_data), OLD, NEW) as versions:
        taken = await versions.start("ask")
        assert (await versions.migrate({"check": "inspect"}, dry_run=True)).migrated == 1
        refused = await versions.migrate(dry_run=True)
        assert (refused.migrated, refused.refused) == (0, 1)
        [problem] = refused.problems
        assert (problem.code, problem.path) == ("MIGRATION_UNMAPPED", "check")
        assert problem.message == "the new version has no element 'check' (1 instance)"
        assert (await versions.reload(taken)).deployment == "lock@1"


async def test_instances_that_cannot_move_stay_and_the_others_go(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_versions((tmp_path, store_data), OLD, NEW) as versions:
        at_ask, at_check = await versions.start(), await versions.start("ask")
        ended = await versions.start("ask", "check", "tell")
        report = await versions.migrate()
        assert (report.migrated, report.refused) == (1, 1)
        assert (await versions.reload(at_ask)).deployment == "lock@2"
        assert (await versions.reload(at_check)).deployment == "lock@1"
        assert (await versions.reload(ended)).deployment == "lock@1"
        assert (await versions.migrate()).migrated == 0


async def test_an_element_of_another_type_is_refused(tmp_path: Path, store_data: StoreData) -> None:
    pause = {"key": "check", "type": "timerCatchEvent", "duration": "P1D"}
    async with open_versions(
        (tmp_path, store_data), OLD, chain(task("ask"), pause, task("tell"))
    ) as versions:
        await versions.start("ask")
        [problem] = (await versions.migrate()).problems
        assert problem.code == "MIGRATION_TYPE"


async def test_timers_move_with_their_task(tmp_path: Path, store_data: StoreData) -> None:
    renamed = model(
        *[{**one, "key": "escalate"} if one is LATE else dict(one) for one in GUARDED["elements"]]
    )
    for one in renamed["elements"]:
        if one.get("source") == "late":
            one["source"] = "escalate"
    async with open_versions((tmp_path, store_data), GUARDED, renamed) as versions:
        taken = await versions.start()
        assert (await versions.migrate()).refused == 1  # late is a wait too
        assert (await versions.migrate({"late": "escalate"})).migrated == 1
        versions.world.clock.move(timedelta(minutes=30))
        await versions.world.runtime.watch.look()
        assert [one.element for one in (await versions.reload(taken)).tasks.values()] == ["supervise"]


async def test_a_token_at_a_join_waits_there_in_the_other_version(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_versions((tmp_path, store_data), forked(), forked(task("tell"))) as versions:
        taken = await versions.start("driver")
        assert (await versions.migrate()).migrated == 1
        taken = await versions.world.commit(open_task(taken, "rider"))
        assert open_keys(taken) == ["tell"]


async def test_a_token_whose_flow_is_gone_is_refused(tmp_path: Path, store_data: StoreData) -> None:
    async with open_versions(
        (tmp_path, store_data), forked(), chain(task("driver"), task("rider"))
    ) as versions:
        await versions.start("driver")
        report = await versions.migrate()
        assert [problem.path for problem in report.problems] == ["s4"]


async def test_what_is_gone_stays_in_the_history_and_is_not_rolled_back_over(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_versions((tmp_path, store_data), OLD, chain(task("ask"), task("tell"))) as versions:
        taken = await versions.start("ask", "check")
        assert (await versions.migrate()).migrated == 1
        moved = await versions.reload(taken)
        shown = await node_instances(versions.platform.context(RIDES), moved, list(moved.nodes.values()))
        assert [(one.element_key, one.element_type) for one in shown][2] == ("check", "removed")
        with pytest.raises(RollbackImpossible, match="it passed 'check' in a version"):
            await versions.world.roll_back(open_task(taken, "tell"))


async def test_a_mapping_that_names_nothing_moves_nobody(tmp_path: Path, store_data: StoreData) -> None:
    async with open_versions((tmp_path, store_data), OLD, NEW) as versions:
        await versions.start()
        report = await versions.migrate({"chek": "inspect", "check": "inspct"})
        assert (report.migrated, [problem.code for problem in report.problems]) == (
            0,
            ["MIGRATION_KEY_UNKNOWN", "MIGRATION_KEY_UNKNOWN"],
        )
        with pytest.raises(InputInvalid):
            await versions.migrate({"check": 3})


async def test_another_units_publisher_and_unknown_versions_are_refused(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_versions((tmp_path, store_data), OLD, NEW) as versions:
        with pytest.raises(AccessDenied):
            await versions.migrate(principal=CARE)
        with pytest.raises(DeploymentNotFound):
            await versions.migrate(to=7)
        with pytest.raises(InputInvalid):
            await versions.migrate(to=1)
