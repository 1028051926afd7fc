"""Reading wrk's report and refusing loads that failed."""

import pytest

from bench.load import Load, parse_report, refuse_failures
from bench.model import BenchFailure

_COUNTS = '"connect":0,"read":0,"write":0,"status":%d,"timeout":0'


def _load(*, requests: int = 10_000, size: float = 13_200, failures: dict[str, int] | None = None) -> Load:
    return Load(requests=requests, seconds=1, p99_ms=1, bytes_per_answer=size, failures=failures or {})


def test_the_last_line_of_the_output_is_the_report() -> None:
    output = (
        'Running 2s test\n  2 threads\n{"requests":1000,"duration_us":2000000,"bytes":50000,"p99_us":1500,'
        + _COUNTS % 0
        + "}\n"
    )

    load = parse_report(output)

    assert (load.requests_per_s, load.p99_ms, load.bytes_per_answer, load.failures) == (500, 1.5, 50, {})


def test_failures_are_counted_by_kind() -> None:
    output = '{"requests":1,"duration_us":1000000,"bytes":1,"p99_us":1,' + _COUNTS % 7 + "}"

    assert parse_report(output).failures == {"status": 7}


def test_whole_answers_are_accepted() -> None:
    refuse_failures(_load(), "paifang", answer_bytes=13_000, connections=100)


def test_answers_cut_off_at_the_end_do_not_count_against_a_slow_server() -> None:
    refuse_failures(_load(requests=100, size=20_000), "apollo", answer_bytes=13_000, connections=100)


@pytest.mark.parametrize("load", [_load(requests=0), _load(failures={"timeout": 1})])
def test_a_load_without_answers_or_with_failures_is_refused(load: Load) -> None:
    with pytest.raises(BenchFailure, match="paifang failed under load"):
        refuse_failures(load, "paifang", answer_bytes=13_000, connections=100)


@pytest.mark.parametrize("size", [250, 14_000])
def test_answers_of_another_length_than_the_right_one_are_refused(size: float) -> None:
    with pytest.raises(BenchFailure, match="other answers under load"):
        refuse_failures(_load(size=size), "paifang", answer_bytes=13_000, connections=100)
