"""A flow deployed at the very moment of a publish: whoever is second sees the other, on both stores."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from engine.flow.errors import FlowInvalid
from engine.problem import Problem
from engine.resource.model import Registry
from resolvers.flows.definitions import FlowInput, save_flow
from resolvers.flows.deploying import deploy_flow
from resolvers.ports import Collection as Kind
from resolvers.ports import Document, DocumentStore, Write
from resolvers.resources.errors import ResourcesInvalid
from resolvers.resources.ports import UsageIndex
from tests.platform.callers import LOCAL
from tests.platform.modules import sdl
from tests.platform.opened import OpenPlatform, describing, open_platform
from tests.resolvers.resources.test_usage import BIKES, ModelFormat, flow, publish
from tests.servers.document_stores import StoreData

Act = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Once:
    """Something that happens in between, the first time."""

    act: Act | None

    async def __call__(self) -> None:
        act, self.act = self.act, None
        if act is not None:
            await act()


@dataclass(slots=True)
class AfterLooking:
    """A usage index after whose look something happens."""

    index: UsageIndex
    then: Once

    async def users(self, fields: Collection[str]) -> Mapping[str, Sequence[str]]:
        return await self.index.users(fields)

    async def problems(
        self, fields: Collection[str], *, current: Registry, proposed: Registry
    ) -> Sequence[Problem]:
        found = await self.index.problems(fields, current=current, proposed=proposed)
        await self.then()
        return found


@dataclass(slots=True)
class BeforeWriting:
    """What deploying uses of a store; before it writes, something happens."""

    store: DocumentStore
    then: Once

    async def find(self, collection: Kind, id: str) -> Document | None:  # noqa: A002  # the port's name
        return await self.store.find(collection, id)

    async def write(self, *writes: Write) -> None:
        await self.then()
        await self.store.write(*writes)


async def saved(platform: OpenPlatform) -> None:
    given = FlowInput(key="lost", unit="rides", format=ModelFormat.PAIFANG, model=flow())
    await save_flow(platform.context(LOCAL), given)


def deploying(platform: OpenPlatform) -> Act:
    return lambda: deploy_flow(platform.context(LOCAL), "lost", note=None, rollout=100)


def behind(other: OpenPlatform) -> OpenPlatform:
    """Another worker, which may not serve yet what was published last."""
    return replace(other, flows=replace(other.flows, describing=describing))


async def test_a_flow_deployed_after_a_publish_has_looked_still_stops_it(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform, open_platform(tmp_path, store_data) as other:
        await publish(platform, BIKES)
        await saved(platform)
        usage = AfterLooking(platform.services.usage, Once(deploying(behind(other))))
        slow = replace(platform, services=replace(platform.services, usage=usage))
        with pytest.raises(ResourcesInvalid) as refused:
            await publish(slow, sdl())
        assert [problem.code for problem in refused.value.problems] == ["BREAKS_FLOW"]
        assert platform.services.keeper.catalog.number == 1


async def test_a_publish_after_a_deployment_was_checked_still_stops_it(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        await publish(platform, BIKES)
        await saved(platform)
        store = BeforeWriting(platform.store, Once(lambda: publish(platform, sdl())))
        kept = cast("DocumentStore", store)  # it has what deploying uses
        slow = replace(platform, flows=replace(platform.flows, store=kept))
        with pytest.raises(FlowInvalid) as refused:
            await deploying(slow)()
        assert [problem.code for problem in refused.value.problems] == ["GRAPHQL_VALIDATION_FAILED"]
        assert await platform.flows.deployments.deployments("lost") == []


async def test_a_worker_that_serves_an_older_graph_deploys_by_the_newest(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform, open_platform(tmp_path, store_data) as other:
        await publish(platform, BIKES)
        await saved(platform)
        await other.services.keeper.refresh()
        await other.revisions.serve(other.services.keeper.catalog.registry)
        await publish(platform, sdl())
        with pytest.raises(FlowInvalid):
            await deploying(behind(other))()


async def test_deploying_and_publishing_at_once_what_do_not_meet_both_succeed(
    tmp_path: Path, store_data: StoreData
) -> None:
    async with open_platform(tmp_path, store_data) as platform, open_platform(tmp_path, store_data) as other:
        await publish(platform, BIKES)
        await saved(platform)
        usage = AfterLooking(platform.services.usage, Once(deploying(behind(other))))
        slow = replace(platform, services=replace(platform.services, usage=usage))
        without_status = sdl(more='tag: String! @value(const: "a")').replace("): Bike", "): Bike!")
        assert (await publish(slow, without_status)).record.version == 2
        assert len(await platform.flows.deployments.deployments("lost")) == 1
