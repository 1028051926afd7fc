"""The measurement of search: its engines on the demo's questions, and what is judged."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.model import BenchFailure
from bench.search.__main__ import ROOT, main
from bench.search.latency import Latency, measure_latency
from bench.search.quality import Quality, measure_quality
from bench.search.sets import SETS, QuestionSet
from bench.search.tables import judge, latency_table, quality_table
from kb_index import weights

GOOD = Quality(set="Banking77, 10 questions an article", engine="paifang", at_1=0.74, at_10=0.97, cpu_ms=0.5)
FAST = Latency(
    articles=200_000,
    build_s=9,
    size_mb=40,
    p50_ms=0.5,
    p99_ms=2,
    cpu_p50_ms=0.5,
    cpu_p99_ms=2,
    until_found_ms=20,
)


def test_every_engine_answers_questions_of_the_demo() -> None:
    whole = SETS["rides-typo"](Path("."))
    few = QuestionSet(name=whole.name, editions=whole.editions, asked=whole.asked[:40])
    measured = {one.engine: one for one in measure_quality(few)}
    assert len(measured) == 6
    assert all(one.at_1 > 0.5 for one in measured.values())


def test_weights_rank_as_was_written_down_with_them() -> None:
    """Whoever changes one measures anew, on questions that are not the test's."""
    try:
        whole = SETS["banking77-10-dev"](ROOT)
    except BenchFailure as missing:
        pytest.skip(str(missing))
    measured = next(measure_quality(replace(whole, asked=whole.asked[::10])))
    assert (round(measured.at_1, 3), round(measured.at_10, 3)) == weights.MEASURED


def test_latency_is_measured_on_an_index_of_its_own() -> None:
    measured = measure_latency(["how much is a ride", "where is my card"], articles=200, say=lambda _: None)
    assert measured.articles == 200
    assert 0 < measured.cpu_p50_ms <= measured.cpu_p99_ms


def test_what_holds_and_what_does_not() -> None:
    assert all(one.holds for one in judge([GOOD], [FAST]))
    assert not all(one.holds for one in judge([replace(GOOD, at_1=0.73)], []))
    assert not all(one.holds for one in judge([], [replace(FAST, cpu_p50_ms=1.1)]))
    assert not all(one.holds for one in judge([], [replace(FAST, until_found_ms=301)]))


def test_a_million_articles_may_take_longer() -> None:
    assert all(one.holds for one in judge([], [replace(FAST, articles=1_000_000, cpu_p99_ms=19)]))


def test_tables_are_of_what_was_measured() -> None:
    assert "| 0.740 | 0.970 |" in quality_table([GOOD])
    assert "| 200,000  |" in latency_table([FAST])
    assert quality_table([]) == ""


def test_an_unknown_set_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--sets", "other"])
    assert "no set other; there are banking77-10" in capsys.readouterr().err
