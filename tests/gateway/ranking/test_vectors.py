"""Vectors asked for over real HTTP: each text once, under the egress rules; who is ill is left alone."""

from pathlib import Path

import orjson
import pytest

from gateway.ranking.embedding import OPEN_S, OPENS_AFTER, Breaker, EmbeddingsFailed
from gateway.ranking.http_embeddings import HttpEmbeddings, open_http_embeddings
from gateway.ranking.vectors import VectorRanker, VectorStudy
from gateway.settings import Settings
from kb_index.fields import number_of
from resolvers.knowledge.learning import Asked
from tests.servers.embeddings import PATH, embed, serve_embeddings
from tests.servers.upstream import Upstream, answer, answer_with, hang, in_turn

BASE = [
    Asked(article="ride", questions=("How do I unlock a bike?", "Where is my bicycle?")),
    Asked(article="money", questions=("When is my refund paid?",)),
]


def provider(upstream: Upstream, **more: object) -> HttpEmbeddings:
    given = {"embeddings_url": upstream.url(PATH), "embeddings_key": "canary", "embeddings_model": "things"}
    return open_http_embeddings(Settings.model_validate({"egress_allow": "127.0.0.1", **given, **more}))


async def test_texts_are_sent_with_model_and_key_and_come_back_in_their_order() -> None:
    async with serve_embeddings() as upstream:
        embeddings = provider(upstream)
        bike, refund = await embeddings.embed(["a bike", "a refund"], timeout_s=5)
        assert (bike[0] > bike[1], refund[1] > refund[0]) == (True, True)
        (request,) = upstream.requests
        assert orjson.loads(request.body) == {"model": "things", "input": ["a bike", "a refund"]}
        assert ("authorization", "Bearer canary") in [(n.lower(), v) for n, v in request.headers]
        await embeddings.close()


async def test_an_address_that_the_egress_rules_forbid_is_not_called() -> None:
    async with serve_embeddings() as upstream:
        embeddings = provider(upstream, egress_allow="")
        with pytest.raises(EmbeddingsFailed):
            await embeddings.embed(["a bike"], timeout_s=5)
        assert upstream.accepted == 0
        await embeddings.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"error": "no"}',
        b'{"data": []}',
        b'{"data": [{"index": 1, "embedding": [1]}]}',
        b'{"data": [{"index": 0, "embedding": []}]}',
        b'{"data": [{"index": 0, "embedding": ["x"]}]}',
        b'{"data": [{"index": 0, "embedding": [1]}, {"index": 1, "embedding": [1]}]}',
    ],
)
async def test_an_answer_that_is_no_vectors_is_a_failure(body: bytes) -> None:
    async with serve_embeddings(answer(body)) as upstream:
        embeddings = provider(upstream)
        with pytest.raises(EmbeddingsFailed) as failed:
            await embeddings.embed(["a bike"], timeout_s=5)
        assert "canary" not in str(failed.value)
        await embeddings.close()


async def test_a_question_finds_what_means_the_same(tmp_path: Path) -> None:
    async with serve_embeddings() as upstream:
        embeddings = provider(upstream)
        ranker = VectorRanker(tmp_path, embeddings)
        assert await ranker.rank("自行车") is None
        study = VectorStudy(tmp_path, embeddings)
        assert study.position is None
        await study.learn(BASE, position=7)
        assert VectorStudy(tmp_path, embeddings).position == 7
        ranking = await ranker.rank("自行车")
        assert ranking is not None
        assert list(ranking.numbers) == [number_of("ride")]
        asked = len(upstream.requests)
        assert await ranker.rank("自行车") == ranking
        assert len(upstream.requests) == asked
        await embeddings.close()


async def test_each_text_is_asked_for_once(tmp_path: Path) -> None:
    async with serve_embeddings() as upstream:
        embeddings = provider(upstream)
        study = VectorStudy(tmp_path, embeddings)
        await study.learn(BASE, position=1)
        more = Asked(article="rain", questions=("May I take an umbrella?", "When is my refund paid?"))
        await study.learn([*BASE[:1], more], position=2)
        sent = [orjson.loads(one.body)["input"] for one in upstream.requests]
        assert sent == [[text for one in BASE for text in one.questions], ["May I take an umbrella?"]]
        ranking = await VectorRanker(tmp_path, embeddings).rank("雨伞")
        assert ranking is not None
        assert ranking.numbers[0] == number_of("rain")
        assert ranking.known == {number_of("ride"), number_of("rain")}
        await embeddings.close()


async def test_what_came_before_a_failure_is_kept_and_the_rest_asked_for_again(tmp_path: Path) -> None:
    texts = tuple(f"question {number}" for number in range(100))
    behaviour = in_turn(answer_with(embed), answer(status=500), answer_with(embed))
    async with serve_embeddings(behaviour) as upstream:
        embeddings = provider(upstream)
        study = VectorStudy(tmp_path, embeddings)
        with pytest.raises(EmbeddingsFailed, match="500"):
            await study.learn([Asked(article="a", questions=texts)], position=1)
        assert study.position is None
        await study.learn([Asked(article="a", questions=texts)], position=1)
        assert [len(orjson.loads(one.body)["input"]) for one in upstream.requests] == [64, 36, 36]
        await embeddings.close()


async def test_vectors_of_another_model_are_not_looked_at(tmp_path: Path) -> None:
    async with serve_embeddings() as upstream:
        embeddings, other = provider(upstream), provider(upstream, embeddings_model="other")
        await VectorStudy(tmp_path, embeddings).learn(BASE, position=1)
        assert VectorStudy(tmp_path, other).position is None
        assert await VectorRanker(tmp_path, other).rank("bike") is None
        await embeddings.close()
        await other.close()


async def test_an_ill_provider_is_left_alone_and_tried_again_later(tmp_path: Path) -> None:
    now_s = 0.0
    ill = [answer(status=503)] * OPENS_AFTER
    async with serve_embeddings(in_turn(answer_with(embed), *ill, answer_with(embed))) as upstream:
        embeddings = provider(upstream)
        await VectorStudy(tmp_path, embeddings).learn(BASE, position=1)
        ranker = VectorRanker(tmp_path, embeddings, Breaker(lambda: now_s))
        for number in range(OPENS_AFTER + 5):
            assert await ranker.rank(f"bike {number}") is None
        assert len(upstream.requests) == 1 + OPENS_AFTER
        now_s += OPEN_S
        assert await ranker.rank("bike") is not None
        assert await ranker.rank("another bike") is not None
        await embeddings.close()


async def test_a_provider_that_hangs_holds_a_search_up_for_a_moment_only(tmp_path: Path) -> None:
    async with serve_embeddings(in_turn(answer_with(embed), hang())) as upstream:
        embeddings = provider(upstream)
        await VectorStudy(tmp_path, embeddings).learn(BASE, position=1)
        assert await VectorRanker(tmp_path, embeddings).rank("bike") is None
        await embeddings.close()
