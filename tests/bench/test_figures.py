"""Medians, ratios round by round, and the judgement of gates."""

from collections.abc import Sequence

from bench.figures import figures_of, judge, ratio
from bench.model import Gate, Sample


def _samples(
    server: str, values: Sequence[float], *, case: str = "posts", calls: float | None = None
) -> list[Sample]:
    return [
        Sample(case=case, server=server, unit="requests/s", value=value, upstream_calls=calls)
        for value in values
    ]


def test_the_median_stands_for_the_rounds_and_the_extremes_show_the_spread() -> None:
    (figure,) = figures_of(_samples("tailcall", [10, 1_000, 20]))

    assert (figure.median, figure.least, figure.greatest) == (20, 10, 1_000)


def test_a_ratio_compares_the_servers_within_each_round() -> None:
    # The machine was ten times slower in round two; the medians alone would say 30 / 200.
    assert ratio(_samples("paifang", [30, 20, 300]), _samples("tailcall", [60, 200, 600])) == 0.5


def test_the_subject_is_compared_with_every_server_and_every_server_with_the_reference() -> None:
    figures = figures_of(
        _samples("paifang", [50, 50, 50])
        + _samples("tailcall", [100, 100, 100])
        + _samples("apollo", [5, 5, 5])
    )

    assert [(one.server, one.of_reference, one.subject_ratio) for one in figures] == [
        ("tailcall", 1.0, 0.5),
        ("paifang", 0.5, 1.0),
        ("apollo", 0.05, 10.0),
    ]


def test_without_reference_and_subject_there_are_no_ratios() -> None:
    (figure,) = figures_of(_samples("apollo", [5, 5, 5]))

    assert (figure.of_reference, figure.subject_ratio) == (None, None)


def test_cases_keep_their_order_and_the_shortest_time_is_best() -> None:
    times = [
        Sample(case="compile", server=server, unit="ms", value=value)
        for server, value in (("slow", 9), ("fast", 1))
    ]

    figures = figures_of(_samples("tailcall", [1], case="zebra") + times)

    assert [(one.case, one.server) for one in figures] == [
        ("zebra", "tailcall"),
        ("compile", "fast"),
        ("compile", "slow"),
    ]


def test_a_gate_on_a_ratio_holds_at_its_bound_and_fails_below() -> None:
    samples = _samples("paifang", [55, 55, 55]) + _samples("tailcall", [100, 100, 100])

    held, failed = judge(
        [
            Gate(case="posts", peer="tailcall", at_least=0.55),
            Gate(case="posts", peer="tailcall", at_least=0.56),
        ],
        samples,
    )

    assert (held.holds, held.fails_run) == (True, False)
    assert (failed.holds, failed.fails_run) == (False, True)
    assert failed.sentence == "posts: paifang × tailcall ≥ 0.56: 0.55"


def test_a_goal_that_is_missed_does_not_fail_the_run() -> None:
    samples = _samples("paifang", [1]) + _samples("tailcall", [2])

    (verdict,) = judge([Gate(case="posts", peer="tailcall", at_least=1.0, goal=True)], samples)

    assert verdict.holds is False
    assert not verdict.fails_run


def test_a_gate_whose_server_was_not_measured_is_not_judged() -> None:
    (verdict,) = judge([Gate(case="posts", peer="tailcall", at_least=1)], _samples("paifang", [1]))

    assert verdict.holds is None
    assert not verdict.fails_run


def test_a_gate_may_bound_the_upstream_calls() -> None:
    gate = Gate(case="posts", figure="upstream_calls", at_most=2.01)

    assert judge([gate], _samples("paifang", [1], calls=2.0))[0].holds is True
    assert judge([gate], _samples("paifang", [1], calls=2.2))[0].holds is False


def test_a_gate_may_bound_a_time_of_the_subject_alone() -> None:
    gate = Gate(case="compile", at_most=5)
    times = [Sample(case="compile", server="paifang", unit="ms", value=value) for value in (4, 5, 60)]

    assert judge([gate], times)[0].holds is True


def test_a_gate_beyond_the_bare_handler_says_so_and_fails_nothing() -> None:
    samples = _samples("paifang", [5]) + _samples("graphql-jit", [1]) + _samples("bare-rsgi", [12])

    beyond, within = judge(
        [
            Gate(case="posts", peer="graphql-jit", at_least=15),
            Gate(case="posts", peer="graphql-jit", at_least=10),
        ],
        samples,
    )

    assert beyond.sentence == "posts: paifang × graphql-jit ≥ 15: 5, beyond bare-rsgi: limit 12 ×"
    assert not beyond.fails_run
    assert within.fails_run


def test_a_gate_may_name_another_limit() -> None:
    samples = _samples("paifang", [5]) + _samples("wanted", [10]) + _samples("disk", [8])

    beyond, within = judge(
        [
            Gate(case="posts", peer="wanted", at_least=1, limit="disk"),
            Gate(case="posts", peer="wanted", at_least=0.7, limit="disk"),
        ],
        samples,
    )

    assert beyond.sentence == "posts: paifang × wanted ≥ 1: 0.5, beyond disk: limit 0.8 ×"
    assert (beyond.fails_run, within.fails_run) == (False, True)


def test_a_gate_beyond_the_bare_handler_of_another_case_fails() -> None:
    samples = (
        _samples("paifang", [5]) + _samples("graphql-jit", [1]) + _samples("bare-rsgi", [9], case="greet")
    )

    (verdict,) = judge([Gate(case="posts", peer="graphql-jit", at_least=15)], samples)

    assert verdict.fails_run


def test_every_server_is_shown_beside_the_bare_handler() -> None:
    figures = figures_of(_samples("bare-rsgi", [100]) + _samples("apollo", [5]))

    assert [(one.server, one.limit_ratio) for one in figures] == [("bare-rsgi", 1.0), ("apollo", 20.0)]
