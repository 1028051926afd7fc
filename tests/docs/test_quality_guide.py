"""docs/quality.md: its calls are counted as it says, and its settings and metrics are there."""

import asyncio
import re
from pathlib import Path

from engine.resource.quality.meters import MAX_METERS
from gateway.observability.counted import Counted
from gateway.observability.metrics import write_metrics
from gateway.settings import Settings
from tests.docs.gateway import open_guide_gateway
from tests.docs.guide import read_examples
from tests.docs.test_resources_guide_runs import WRITTEN, take
from tests.docs.upstream import serve_guide

GUIDE = Path(__file__).parents[2] / "docs" / "quality.md"
TEXT = GUIDE.read_text("utf-8")


def test_what_the_guide_asks_is_counted_as_it_says(tmp_path: Path) -> None:
    [example] = read_examples(GUIDE)
    assert len(example.steps) == 3

    async def run() -> None:
        async with serve_guide() as upstream, open_guide_gateway(tmp_path) as gateway:
            modules = {name: sdl.replace(WRITTEN, upstream.address) for name, sdl in example.modules.items()}
            await gateway.publish(modules, example.config)
            for step in example.steps:
                await take(step, gateway, upstream)

    asyncio.run(run())


def test_the_guide_tells_every_metric_and_every_setting() -> None:
    text, _ = write_metrics([Counted(worker=1)], "")
    metrics = set(re.findall(r"^# TYPE paifang_(\w+?)(?:_total)? ", text.decode(), re.MULTILINE))
    settings = {name for name in Settings.model_fields if name.startswith("quality")}
    told = TEXT.replace("`…_", "`paifang_").replace("paifang_calls_", "paifang_api_calls_")

    assert metrics
    assert {name for name in metrics if f"paifang_{name}" not in told} == set()
    assert {name for name in settings if f"PAIFANG_{name.upper()}" not in TEXT} == set()
    assert f"Beyond {MAX_METERS}" in TEXT
