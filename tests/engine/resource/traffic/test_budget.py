"""Repetitions stay a tenth of the calls, ten in a row at most, and a source called seldom may repeat too."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from engine.resource.traffic.budget import CALLS_PER_RETRY, MOST, SPARE_PER_S, RetryBudget


def spend(budget: RetryBudget, *, calls: int, now: float = 0.0) -> int:
    """Make calls that each want as many repetitions as they can get."""
    retries = 0
    for _ in range(calls):
        budget.call_made()
        while budget.take(now):
            retries += 1
    return retries


def test_the_first_calls_may_be_repeated_and_a_thousand_are_by_a_tenth() -> None:
    assert spend(RetryBudget(0), calls=1) == MOST
    assert spend(RetryBudget(0), calls=100) == 10
    assert spend(RetryBudget(0), calls=1_000) == 100


def test_what_a_well_source_earns_is_not_spent_in_a_burst() -> None:
    budget = RetryBudget(0)
    for _ in range(10_000):
        budget.call_made()

    assert spend(budget, calls=1) == MOST


def test_a_source_called_seldom_may_repeat_every_call_once() -> None:
    budget = RetryBudget(0)
    spend(budget, calls=1)

    for minute in range(1, 100):
        budget.call_made()
        assert budget.take(60.0 * minute)


@given(st.lists(st.sampled_from(["call", "retry"]), max_size=600))
def test_at_no_time_are_there_more_than_a_tenth_and_never_fewer_than_ten(deeds: list[str]) -> None:
    budget = RetryBudget(0)
    calls = retries = 0
    for deed in deeds:
        if deed == "call":
            budget.call_made()
            calls += 1
        else:
            taken = budget.take(0)
            assert taken or retries >= MOST, "there are always ten"
            retries += taken
        assert retries <= max(MOST, calls / CALLS_PER_RETRY)


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=200))
def test_over_time_the_spare_is_all_that_comes_on_top(deeds: list[tuple[float, bool]]) -> None:
    budget = RetryBudget(0)
    calls = retries = 0
    for now, (_, is_call) in zip(accumulate(pause for pause, _ in deeds), deeds, strict=True):
        if is_call:
            budget.call_made()
            calls += 1
        else:
            retries += budget.take(now)
        assert retries <= calls / CALLS_PER_RETRY + MOST + now * SPARE_PER_S + 1e-6
