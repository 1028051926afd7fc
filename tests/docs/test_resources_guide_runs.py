"""docs/resources.md: each example does on the real gateway, beside a real upstream, what the guide says."""

import asyncio
from pathlib import Path
from typing import cast

import pytest

from tests.docs.gateway import PUBLISHER, GuideGateway, open_guide_gateway
from tests.docs.guide import Example, Json, Step, read_examples
from tests.docs.upstream import GuideUpstream, serve_guide

EXAMPLES = read_examples(Path(__file__).parents[2] / "docs" / "resources.md")
WRITTEN = "127.0.0.1:9001"  # where the guide's services listen; the tests' have a free port
CHECK = """
query ($input: ResourcesInput!) {
  checkResources(input: $input) { problems { line code severity message suggestion } }
}
"""
EXPLAIN = """
query ($query: String!, $variables: JSON) {
  explain(query: $query, variables: $variables) {
    bound maxWaves
    groups { fields calls { api source method url wave batch dependsOn neededBy policy } }
  }
}
"""


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.steps], ids=lambda example: cast(Example, example).title
)
def test_an_example_answers_as_the_guide_says(example: Example, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve_guide() as upstream, open_guide_gateway(tmp_path) as gateway:
            modules = {name: sdl.replace(WRITTEN, upstream.address) for name, sdl in example.modules.items()}
            await gateway.publish(modules, example.config)
            for step in example.steps:
                await take(step, gateway, upstream)

    asyncio.run(run())


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if one.problems], ids=lambda example: cast(Example, example).title
)
def test_checking_reports_the_problems_the_guide_says(example: Example, tmp_path: Path) -> None:
    async def run() -> list[Json]:
        async with open_guide_gateway(tmp_path) as gateway:
            [(module, sdl)] = example.modules.items()
            given = {"input": {"module": module, "sdl": sdl}}
            answer = await gateway.ask(CHECK, given, claims=PUBLISHER)
            return cast("dict[str, dict[str, dict[str, list[Json]]]]", answer)["data"]["checkResources"][
                "problems"
            ]

    found = asyncio.run(run())
    errors = [problem for problem in found if problem["severity"] == "ERROR"]
    said = [(problem["line"], problem["code"]) for problem in errors]
    assert said == [(finding.line, finding.code) for finding in example.problems]
    for problem, finding in zip(errors, example.problems, strict=True):
        assert finding.word in f"{problem['message']} {problem['suggestion']}"


async def take(step: Step, gateway: GuideGateway, upstream: GuideUpstream) -> None:
    """Ask the step's query and hold answer, calls and plan to what the guide says."""
    upstream.expect(step.exchanges)
    answer = await gateway.ask(step.query, step.variables, claims=step.claims, headers=step.headers)
    assert (upstream.unexpected, upstream.missing()) == ([], []), answer
    assert answer.get("data") == step.response.get("data"), answer
    assert fits(answer.get("errors", []), step.response.get("errors", [])), answer
    if step.plan is not None:
        plan = await gateway.ask(
            EXPLAIN, {"query": step.query, "variables": step.variables}, claims=PUBLISHER
        )
        assert fits(cast("dict[str, Json]", plan["data"])["explain"], step.plan), plan


def fits(value: object, written: object) -> bool:
    """Whether a value is what is written: lists item by item, of objects only the members written."""
    if isinstance(written, dict) and isinstance(value, dict):
        members = cast(Json, value)
        return all(fits(members.get(name), part) for name, part in cast(Json, written).items())
    if isinstance(written, list) and isinstance(value, list):
        values, parts = cast("list[object]", value), cast("list[object]", written)
        return len(values) == len(parts) and all(map(fits, values, parts))
    return value == written


def test_what_is_not_as_written_does_not_fit() -> None:
    assert fits({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]})
    assert not fits({"a": [{"b": 2}]}, {"a": [{"b": 1}]})
    assert not fits({"a": []}, {"a": [{"b": 1}]})
    assert not fits([{"b": 1}, {"b": 2}], [{"b": 1}])
