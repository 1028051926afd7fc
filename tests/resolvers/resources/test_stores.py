"""Publishing keeps its promises on every document store the product ships."""

import asyncio
from pathlib import Path

import pytest

from resolvers.idempotency import IdempotencyKey
from resolvers.resources.drafts import Draft
from resolvers.resources.errors import ModuleVersionConflict
from resolvers.resources.publishing import publish_module, rollback_module
from resolvers.resources.reading import list_versions
from tests.platform.callers import RIDES
from tests.platform.modules import SECRET_HEADER, sdl
from tests.platform.opened import open_platform
from tests.servers.document_stores import StoreData

FIRST = Draft(module="bikes", sdl=sdl(header=SECRET_HEADER), config={"key": "v"})
SECOND = Draft(module="bikes", sdl=sdl(more="tag: Int @value(const: 1)"), reason="newer")


async def test_a_module_its_history_and_its_values_come_back(store_data: StoreData, tmp_path: Path) -> None:
    async with open_platform(tmp_path, store_data) as platform:
        context = platform.context(RIDES)
        await publish_module(context, FIRST)
        await publish_module(context, SECOND)
        back = await rollback_module(context, "bikes", to_version=1)
    async with open_platform(tmp_path, store_data) as platform:
        catalog = await platform.services.keeper.refresh()
        record = catalog.find("bikes")
        assert record == back.record
        assert catalog.registry.revision == back.revision
        assert catalog.registry.modules["bikes"].config == {"key": "v"}
        versions = await list_versions(platform.context(RIDES), back)
        assert [(v.version, v.reason) for v in versions] == [
            (3, "rollback to version 1"),
            (2, "newer"),
            (1, None),
        ]


async def test_two_workers_publish_at_once(store_data: StoreData, tmp_path: Path) -> None:
    drafts = [Draft(module="bikes", sdl=sdl(more=f"c{n}: Int @value(const: {n})")) for n in range(6)]
    async with open_platform(tmp_path, store_data) as one, open_platform(tmp_path, store_data) as other:
        published = await asyncio.gather(
            *(
                publish_module(worker.context(RIDES), draft)
                for worker, draft in zip([one, other] * 3, drafts, strict=True)
            )
        )
        assert sorted(p.record.version for p in published) == [1, 2, 3, 4, 5, 6]


async def test_a_repeat_under_a_key_and_a_stale_version_do_nothing(
    store_data: StoreData, tmp_path: Path
) -> None:
    key = IdempotencyKey(text="k", scope="publishResources")
    async with open_platform(tmp_path, store_data) as platform:
        context = platform.context(RIDES)
        first = await publish_module(context, FIRST, idempotency_key=key)
        assert await publish_module(context, FIRST, idempotency_key=key) == first
        with pytest.raises(ModuleVersionConflict):
            await publish_module(context, Draft(module="bikes", sdl=SECOND.sdl, expected_version=0))
