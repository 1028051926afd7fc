"""Pauses double with each attempt up to a bound, and what an API asks for is read from seconds and dates."""

from datetime import UTC, datetime

import pytest

from engine.resource.policy import Retry, RetryOn
from engine.resource.traffic.pauses import asked_pause_s, longest_pause_s

NOW = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)


def retry(backoff_ms: int) -> Retry:
    return Retry(scope="m/s", max_retries=3, backoff_ms=backoff_ms, on=frozenset(RetryOn))


def test_the_upper_end_doubles_up_to_a_bound() -> None:
    assert [longest_pause_s(retry(50), n) for n in (1, 2, 3)] == [0.05, 0.1, 0.2]
    assert longest_pause_s(retry(50), 10_000) == 5
    assert longest_pause_s(retry(8_000), 3) == 8
    assert longest_pause_s(retry(0), 3) == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": ("3",)}, 3),
        ({"retry-after": (" 0 ",)}, 0),
        ({"retry-after": ("Sun, 01 Mar 2026 08:00:07 GMT",)}, 7),
        ({"retry-after": ("Sun, 01 Mar 2026 07:00:00 GMT",)}, 0),
        (  # its clock is an hour ahead
            {"retry-after": ("Sun, 01 Mar 2026 09:00:07 GMT",), "date": ("Sun, 01 Mar 2026 09:00:00 GMT",)},
            7,
        ),
        ({"retry-after": ("99999999999999999999",)}, 999_999_999),
        ({"retry-after": ("-1",)}, 0),
        ({"retry-after": ("1.5",)}, 0),
        ({"retry-after": ("soon",)}, 0),
        ({"retry-after": ("",)}, 0),
        ({"retry-after": ("٣",)}, 0),
        ({}, 0),
    ],
)
def test_retry_after_is_read(headers: dict[str, tuple[str, ...]], seconds: float) -> None:
    assert asked_pause_s(headers, NOW) == seconds
