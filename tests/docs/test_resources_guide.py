"""docs/resources.md: its examples are whole, valid by the vocabulary, its upstreams answer as said."""

import asyncio
import re
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from graphql import parse, validate
from yarl import URL

from tests.docs.guide import NEVER, Example, Step, read_blocks, read_examples
from tests.docs.upstream import GuideUpstream, serve_guide
from tests.merged_sdl import merge_modules

GUIDE = Path(__file__).parents[2] / "docs" / "resources.md"
EXAMPLES = read_examples(GUIDE)
STEPS = [(example, step) for example in EXAMPLES for step in example.steps]
DIRECTIVES = {"source", "connect", "value", "key", "owner", "inaccessible", "cacheControl"}
ACCESS_DIRECTIVES = {"authenticated", "requiresScopes", "access"}
EXAMPLE = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: cast(Example, example).title)
STEP = pytest.mark.parametrize(("example", "step"), STEPS, ids=lambda of: getattr(of, "title", ""))


def test_the_guide_shows_every_directive_that_is_built() -> None:
    text = "\n".join(sdl for example in EXAMPLES for sdl in example.modules.values())
    assert [name for name in DIRECTIVES | ACCESS_DIRECTIVES if f"@{name}" not in text] == []


def test_every_block_of_the_guide_belongs_to_an_example() -> None:
    fences = len(re.findall(r"^```\w", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(list(read_blocks(GUIDE))) == fences > 80


@EXAMPLE
def test_an_example_has_queries_or_problems_and_not_both(example: Example) -> None:
    assert bool(example.steps) != bool(example.problems)
    assert all(step.query and step.response for step in example.steps)


@EXAMPLE
def test_an_examples_modules_are_valid_by_the_vocabulary(example: Example) -> None:
    assert merge_modules(example.modules.values()).query_type


@STEP
def test_a_query_fits_the_modules_before_anything_is_hidden(example: Example, step: Step) -> None:
    assert validate(merge_modules(example.modules.values()), parse(step.query)) == []


@STEP
def test_calls_to_the_upstream_and_expected_data_go_together(example: Example, step: Step) -> None:
    assert bool(step.exchanges) <= ("data" in step.response)


@EXAMPLE
def test_a_problem_names_a_line_and_a_word_of_the_module(example: Example) -> None:
    for finding in example.problems:
        (sdl,) = example.modules.values()
        assert sdl.splitlines()[finding.line - 1].strip()
        assert finding.word.rpartition(".")[2] in sdl


def test_every_upstream_of_the_guide_answers_what_it_is_asked_and_nothing_else() -> None:
    async def ask_all() -> None:
        async with serve_guide() as upstream, aiohttp.ClientSession() as client:
            for _, step in STEPS:
                upstream.expect(step.exchanges)
                await _ask(step, client, upstream)
                assert (upstream.unexpected, upstream.missing()) == ([], [])
            async with client.get(f"http://{upstream.address}/unwritten") as answer:
                assert answer.status == 500
            assert upstream.unexpected[0].startswith("GET /unwritten")

    asyncio.run(ask_all())


async def _ask(step: Step, client: aiohttp.ClientSession, upstream: GuideUpstream) -> None:
    for exchange in step.exchanges:
        url = URL(f"http://{upstream.address}{exchange.target}", encoded=True)
        call = client.request(exchange.method, url, data=exchange.body or None, headers=exchange.headers)
        if exchange.status == NEVER:
            waiting = asyncio.ensure_future(call)
            await upstream.hangs.wait()
            waiting.cancel()
            continue
        async with call as answer:
            assert answer.status == exchange.status
            assert await answer.text() == exchange.answer
