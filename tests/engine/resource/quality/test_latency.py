"""Buckets of durations: close to the truth at every size, and mergeable."""

import random

import pytest

from engine.resource.quality.latency import add_buckets, bounds_us, bucket_of, quantile_ms


def _counted(durations_s: list[float]) -> dict[int, int]:
    buckets: dict[int, int] = {}
    add_buckets(buckets, [(bucket_of(duration), 1) for duration in durations_s])
    return buckets


def test_each_microsecond_is_in_exactly_the_bucket_whose_bounds_hold_it() -> None:
    rng = random.Random(7)
    for duration_us in [*range(5_000), *(rng.randrange(1 << 31) for _ in range(2_000))]:
        low, high = bounds_us(bucket_of((duration_us + 0.5) / 1e6))
        assert low <= duration_us < high
        assert high - low <= max(1, low / 8)


def test_buckets_follow_each_other_without_gap() -> None:
    assert all(bounds_us(number)[1] == bounds_us(number + 1)[0] for number in range(200))


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_a_quantile_is_within_a_sixteenth_of_the_true_one(share: float) -> None:
    rng = random.Random(3)
    durations = sorted(rng.lognormvariate(-4, 1.5) for _ in range(5_000))
    true_ms = durations[int(share * 5_000)] * 1_000

    told = quantile_ms(_counted(durations), share)

    assert told == pytest.approx(true_ms, rel=1 / 16)


def test_counts_of_two_workers_add_up_to_the_counts_of_one() -> None:
    rng = random.Random(5)
    durations = [rng.expovariate(20) for _ in range(1_000)]
    joined = _counted(durations[:400])

    add_buckets(joined, _counted(durations[400:]).items())

    assert joined == _counted(durations)


def test_nothing_counted_has_no_quantile_and_the_absurd_has_one() -> None:
    assert quantile_ms({}, 0.5) is None
    assert bucket_of(-1.0) == 0  # a clock that stepped
    assert bucket_of(1e9) == bucket_of(1e12)
