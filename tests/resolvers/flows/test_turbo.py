"""The traces recorded of another engine: the same open tasks and outcomes after every step."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from engine.flow.errors import FlowRefusal
from engine.flow.formats import ModelFormat, import_model
from engine.flow.instance import InstanceId, TaskId, task_id
from engine.flow.runtime import Asking, Taken, Terminate
from engine.flow.writing import write_model
from tests.resolvers.flows.world import FlowWorld, open_world
from tests.servers.document_stores import StoreData

DATA = Path(__file__).parents[4] / "shared" / "data" / "turbo"
TRACES = json.loads((DATA / "traces.json").read_text()) if DATA.exists() else []

Json: TypeAlias = Mapping[str, Any]  # Any: a trace as it was recorded

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the recorded traces are not beside the checkout")


@pytest.mark.parametrize("native", [False, True], ids=["imported", "native"])
@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace["name"])
async def test_a_trace_gives_the_recorded_tasks(store_data: StoreData, trace: Json, native: bool) -> None:
    model = json.loads((DATA / trace["model"]).read_text())
    async with open_world(store_data) as world:
        if native:
            await world.deploy("flow", write_model(import_model(ModelFormat.TURBO, model)[0]))
        else:
            await world.deploy("flow", model, format_=ModelFormat.TURBO)
        player = _Player(world)
        for step in trace["steps"]:
            await player.play(step)


class _Player:
    """Plays steps; every one loads the instance anew from the store."""

    def __init__(self, world: FlowWorld) -> None:
        self.world = world
        self.instance = InstanceId("")
        self.seen: dict[str, list[TaskId]] = {}

    async def play(self, step: Json) -> None:
        expected: str = step["expect"]
        if expected.startswith("refused: "):
            with pytest.raises(FlowRefusal) as refused:
                await self._do(step)
            assert refused.value.code == expected.removeprefix("refused: ")
        else:
            taken = await self._do(step)
            assert taken.instance.status == expected
            assert taken.replayed == step.get("repeat", False)
        assert await self._open() == sorted(step["open"])

    async def _do(self, step: Json) -> Taken:
        variables = step.get("variables", {})
        if step["op"] == "start":
            taken = await self.world.start("flow", variables)
            self.instance = taken.instance.id
            return taken
        if step["op"] == "commit":
            return await self.world.commit(self._task(step), variables)
        if step["op"] == "rollback":
            return await self.world.roll_back(self._task(step))
        end = Terminate(asking=Asking(subject="li"), instance=self.instance)
        return await self.world.runtime.terminate(end)

    def _task(self, step: Json) -> TaskId:
        """`earlier`: of the task's visits that are known, not the last one if that is open."""
        visits = self.seen[step["task"]]
        if step.get("which") == "earlier" and len(visits) > 1:
            return visits[-2]
        return visits[-1]

    async def _open(self) -> list[str]:
        instance = await self.world.instances.find(self.instance)
        assert instance is not None
        for node in instance.nodes.values():
            visits = self.seen.setdefault(node.element, [])
            name = task_id(instance.id, node.id)
            if name not in visits:
                visits.append(name)
        return sorted(task.element for task in instance.tasks.values())
