"""kill -9 while people say what helped: what was acknowledged is kept, and counted once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.flow_site import Site, client, kill, life
from tests.faults.form import times
from tests.servers.gateway import Environment
from tests.servers.gateway_fixtures import empty_store

KILLS = times(3, 20)
SAID = times(40, 400)  # in each life, by so many at once
SUMMED_S = 60

SAVE = "mutation ($input: ArticleInput!) { saveArticle(input: $input) { id } }"
FEEDBACK = "mutation ($input: FeedbackInput!) { recordFeedback(input: $input) }"
COUNTED = "query ($id: ID!) { article(id: $id) { helpful } }"
KEPT = """
query ($id: ID!, $after: String) {
  feedback(filter: { articleId: $id }, first: 100, after: $after) {
    nodes { comment } pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture(params=["sqlite", "mongo"])
def kept(request: pytest.FixtureRequest) -> Iterator[Environment]:
    """The store that the gateway's lives share."""
    with empty_store(request.param, request) as environment:
        yield environment


async def test_feedback_that_was_acknowledged_is_kept_and_counted_once_after_kill_9(
    tmp_path: Path, kept: Environment
) -> None:
    acknowledged: list[str] = []
    async with client() as http:
        site = Site(http)
        article = ""
        for number in range(KILLS + 1):
            with life(site, tmp_path, kept) as gateway:
                if not article:
                    given = {"unit": "rides", "question": "lock", "answers": [{"body": "x"}]}
                    article = (await site.ask(SAVE, {"input": given}))["data"]["saveArticle"]["id"]
                if number == KILLS:
                    assert await counted(site, article, len(acknowledged)) == len(acknowledged)
                    assert sorted(await comments(site, article)) == sorted(acknowledged)
                    return
                words = [f"{number} {nth}" for nth in range(SAID)]
                await asyncio.gather(*(say(site, article, word) for word in words))
                acknowledged += words
                kill(gateway)  # most sums wait to be written


async def say(site: Site, article: str, word: str) -> None:
    given = {"articleId": article, "helpful": True, "comment": word}
    answer = await site.ask(FEEDBACK, {"input": given})
    assert answer["data"] == {"recordFeedback": True}


async def counted(site: Site, article: str, wanted: int) -> int:
    """The sum once it has reached this, and stands."""
    async with asyncio.timeout(SUMMED_S):
        while True:
            answer = await site.ask(COUNTED, {"id": article})
            if answer["data"]["article"]["helpful"] >= wanted:
                return answer["data"]["article"]["helpful"]
            await asyncio.sleep(0.1)


async def comments(site: Site, article: str) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = (await site.ask(KEPT, {"id": article, "after": after}))["data"]["feedback"]
        found += [one["comment"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
