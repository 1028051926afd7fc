"""A breaker opens on its share of failures, lets a probe through at a time, and closes on its success."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.resource.policy import CircuitBreaker
from engine.resource.traffic.breaker import PATIENCE_S, Breaker, Pass

SETTINGS = CircuitBreaker(scope="m/s", failure_rate=0.5, min_requests=4, window_ms=10_000, open_ms=5_000)


def call(breaker: Breaker, now: float, *, failed: bool | None) -> None:
    passed = breaker.begin(now)
    assert passed is not None
    breaker.end(passed, failed=failed, now=now)


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(SETTINGS)
    for _ in range(4):
        call(breaker, now, failed=True)
    assert breaker.is_open
    return breaker


def test_it_opens_when_the_share_of_failures_is_reached_and_not_before() -> None:
    breaker = Breaker(SETTINGS)
    for failed in (False, True, False, False, True):
        call(breaker, 0, failed=failed)
    assert not breaker.is_open

    call(breaker, 0, failed=True)

    assert breaker.is_open
    assert breaker.begin(0) is None
    assert breaker.wait_s(1) == 4


def test_fewer_calls_than_asked_for_do_not_open_it() -> None:
    breaker = Breaker(SETTINGS)

    for _ in range(3):
        call(breaker, 0, failed=True)

    assert not breaker.is_open


def test_failures_older_than_the_window_do_not_count() -> None:
    breaker = Breaker(SETTINGS)
    for _ in range(3):
        call(breaker, 0, failed=True)

    call(breaker, 10.2, failed=True)

    assert not breaker.is_open


def test_what_tells_nothing_of_the_api_does_not_count() -> None:
    breaker = Breaker(SETTINGS)

    for _ in range(10):
        call(breaker, 0, failed=None)
    for _ in range(3):
        call(breaker, 0, failed=True)

    assert not breaker.is_open


def test_a_share_of_zero_opens_at_the_first_failure_of_enough_calls() -> None:
    breaker = Breaker(CircuitBreaker(scope="m/s", failure_rate=0, min_requests=2))

    call(breaker, 0, failed=False)
    call(breaker, 0, failed=False)
    assert not breaker.is_open
    call(breaker, 0, failed=True)

    assert breaker.is_open


def test_when_it_was_open_long_enough_one_probe_passes_and_closes_it_by_success() -> None:
    breaker = opened()
    assert breaker.begin(4.9) is None

    probe = breaker.begin(5)

    assert probe is not None
    assert breaker.begin(5) is None
    breaker.end(probe, failed=False, now=5.1)
    assert not breaker.is_open
    call(breaker, 5.1, failed=True)
    assert not breaker.is_open, "it counts anew"


def test_a_probe_that_fails_leaves_it_open_for_as_long_again() -> None:
    breaker = opened()
    call(breaker, 5, failed=True)

    assert breaker.is_open
    assert breaker.begin(9.9) is None
    assert breaker.begin(10) is not None


def test_a_probe_that_was_given_up_leaves_it_open() -> None:
    breaker = opened()

    call(breaker, 5, failed=None)

    assert breaker.is_open
    assert breaker.begin(9.9) is None


def test_a_probe_that_hangs_does_not_hold_up_the_next_for_ever() -> None:
    breaker = opened()
    assert breaker.begin(5) is not None

    assert breaker.begin(9.9) is None
    probe = breaker.begin(10)

    assert probe is not None
    breaker.end(probe, failed=False, now=10)
    assert not breaker.is_open


def test_calls_that_began_before_it_opened_change_nothing_when_they_end() -> None:
    breaker = Breaker(SETTINGS)
    early = breaker.begin(0)
    assert early is not None
    for _ in range(4):
        call(breaker, 0, failed=True)

    breaker.end(early, failed=False, now=1)

    assert breaker.is_open


class AnyUse(RuleBasedStateMachine):
    """Whatever callers do, in whatever order their calls end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.under_way: list[tuple[Pass, bool]] = []  # and whether it is a probe
        self.newest_probe: Pass | None = None
        self.probed_at: list[float] = []
        self.counted: list[tuple[float, bool]] = []  # since it closed

    @initialize(rate=st.floats(0, 1), least=st.integers(1, 5), open_ms=st.integers(1, 20_000))
    def make(self, rate: float, least: int, open_ms: int) -> None:
        self.settings = CircuitBreaker(
            scope="m/s", failure_rate=rate, min_requests=least, window_ms=2_000, open_ms=open_ms
        )
        self.breaker = Breaker(self.settings)

    @rule(seconds=st.floats(0.001, 12))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def begin(self) -> None:
        was_open, may = self.breaker.is_open, self.breaker.wait_s(self.now) is None
        passed = self.breaker.begin(self.now)
        assert (passed is not None) == may
        if passed is None:
            return
        if was_open:
            still_out = any(one == self.newest_probe for one, _ in self.under_way)
            assert not still_out or self.now - self.probed_at[-1] >= PATIENCE_S - 1e-6
            self.newest_probe = passed
            assert not self.probed_at or self.now - self.probed_at[-1] >= self.settings.open_ms / 1000 - 1e-6
            self.probed_at.append(self.now)
        self.under_way.append((passed, was_open))

    @rule(data=st.data(), failed=st.sampled_from([True, False, None]))
    def end(self, data: st.DataObject, failed: bool | None) -> None:  # given by hypothesis
        if not self.under_way:
            return
        passed, is_probe = self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))
        was_open = self.breaker.is_open

        self.breaker.end(passed, failed=failed, now=self.now)

        if was_open and not self.breaker.is_open:
            assert is_probe
            assert failed is False
            self.counted.clear()
            self.probed_at.clear()
        elif not was_open and not is_probe and failed is not None:
            self.counted.append((self.now, failed))
        if not was_open and self.breaker.is_open:
            recent = [bad for at, bad in self.counted if at >= self.now - 2.1]
            assert len(recent) >= self.settings.min_requests
            assert any(recent)

    @invariant()
    def an_open_one_is_tried_again_in_the_end(self) -> None:
        longest_s = max(PATIENCE_S, self.settings.open_ms / 1000) + 1e-6
        if self.breaker.is_open:
            assert self.breaker.wait_s(self.now + longest_s) is None


TestAnyUse = AnyUse.TestCase
