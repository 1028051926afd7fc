"""docs/flows.md: its flows are deployed and driven on the real gateway, and its tables are whole."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import cast

import orjson
import pytest

from engine.flow.checks import MAX_ELEMENTS, PROBLEM_CODES
from engine.flow.elements import ELEMENT_TYPES
from engine.flow.elements.call_activity import MAX_ITEMS
from engine.flow.forms.options import MAX_OPTIONS
from engine.flow.forms.table import standard_table
from engine.flow.limits import MAX_DEPTH, MAX_STEPS, MAX_VARIABLES_BYTES
from engine.flow.reading_elements import RETRIES
from engine.flow.runtime.messaging import MAX_KEPT
from resolvers.flows.definitions import MAX_CALL_DEPTH
from resolvers.flows.running import MAX_TEXT
from tests.docs.flow_guide import FlowExample, read_flow_guide
from tests.docs.flow_runs import FlowRun
from tests.docs.gateway import open_guide_gateway
from tests.docs.upstream import serve_guide

TOP = Path(__file__).parents[2]
PATH = TOP / "docs" / "flows.md"
TEXT = PATH.read_text(encoding="utf-8")
GUIDE = read_flow_guide(PATH)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
WRITTEN = "127.0.0.1:9001"  # where the guide's services listen; the tests' have a free port
LONG, SHORT = "PT30M", "PT1S"  # what an example waits for, and what its test does


@pytest.mark.parametrize(
    "example", [one for one in GUIDE.examples if one.steps], ids=lambda one: cast(FlowExample, one).title
)
def test_an_example_runs_as_the_guide_says(example: FlowExample, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_guide() as upstream, open_guide_gateway(tmp_path) as gateway:
            modules = {name: sdl.replace(WRITTEN, upstream.address) for name, sdl in GUIDE.modules.items()}
            await gateway.publish(modules, {})
            upstream.expect(example.exchanges)
            driven = FlowRun(gateway=gateway, case="c1")
            await driven.deploy(shortened(example))
            for step in example.steps:
                await driven.take(step)
            assert (upstream.unexpected, upstream.missing()) == ([], [])

    asyncio.run(run())


@pytest.mark.parametrize(
    "example", [one for one in GUIDE.examples if one.problems], ids=lambda one: cast(FlowExample, one).title
)
def test_checking_says_what_the_guide_says(example: FlowExample, tmp_path: Path) -> None:
    async def run() -> None:
        async with open_guide_gateway(tmp_path) as gateway:
            await gateway.publish(GUIDE.modules, {})
            *called, last = example.flows
            driven = FlowRun(gateway=gateway, case="c1")
            await driven.deploy(replace(example, flows={key: example.flows[key] for key in called}))
            found = await driven.check(example.flows[last])
            assert [(one["path"], one["code"]) for one in found] == [one[:2] for one in example.problems]
            for problem, (_, _, word) in zip(found, example.problems, strict=True):
                assert word in f"{problem['message']} {problem['suggestion']}"

    asyncio.run(run())


def shortened(example: FlowExample) -> FlowExample:
    text = orjson.dumps(example.flows).decode().replace(LONG, SHORT)
    return replace(example, flows=orjson.loads(text))


def test_every_element_type_is_in_an_example_that_runs() -> None:
    ran = {
        element["type"]
        for example in GUIDE.examples
        if example.steps
        for model in example.flows.values()
        for element in cast("list[dict[str, str]]", model["elements"])
    }
    assert ran == {row.name for row in ELEMENT_TYPES} | {"sequenceFlow"}


def test_every_problem_code_is_told_once_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|$", TEXT, re.MULTILINE))
    assert rows == dict(PROBLEM_CODES)


def test_every_widget_and_channel_is_told() -> None:
    table = standard_table()
    widgets = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$", TEXT, re.MULTILINE)
    assert set(widgets) == set(table.widgets)
    table_of_channels = TEXT.partition("| channel |")[2].partition("\n\n")[0]
    channels = re.findall(r"^\| `([a-z]+)` \|", table_of_channels, re.MULTILINE)
    assert set(channels) == set(table.channels)


def test_the_limits_are_those_of_the_code() -> None:
    table = TEXT.partition("| of | at most |")[2].partition("\n\n")[0]
    told = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", table)]
    assert told == [
        MAX_ELEMENTS,
        MAX_STEPS,
        MAX_VARIABLES_BYTES // 1_000,
        MAX_DEPTH,
        MAX_ITEMS,
        MAX_CALL_DEPTH,
        max(RETRIES),
        MAX_OPTIONS,
        MAX_KEPT.days,
        MAX_TEXT,
    ]


def test_every_name_in_the_prose_is_one() -> None:
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", TEXT))
    named = set(re.findall(r"(?<![\w-])[a-z]+(?:[A-Z][a-z]*)+\b", " ".join(spans)))
    flow = TOP / "engine" / "flow"
    sources = [*flow.glob("reading*.py"), flow / "forms" / "vocabulary.py", flow / "formats" / "turbo.py"]
    sources.append(TOP / "schema" / "flows" / "service.py")
    known = "".join(path.read_text("utf-8") for path in [TOP / "schema.graphql", *sources])
    known += (flow / "forms" / "check_schema.py").read_text("utf-8") + "".join(FENCE.findall(TEXT))
    assert {name for name in named if not re.search(rf"\b{name}\b", known)} == set()
    assert len(named) > 30
