"""Make a call as its policy says: inside the limits of its source, and again where that may help.

Calls whose API has no such policy do not come here: which way a call goes is known with its plan.
"""

import asyncio
from typing import NamedTuple

from engine.resource.answers import BROKEN, Parsed, parse_answer
from engine.resource.calls import UPSTREAM_BODY, UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE, Call, CallFailed
from engine.resource.outcome import DEADLINE_EXCEEDED, Failure
from engine.resource.plan.steps import CallStep
from engine.resource.policy import Retry, RetryOn
from engine.resource.run.refusals import circuit_open, overloaded, rate_limited, too_late, too_many_calls
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.traffic.breaker import Breaker
from engine.resource.traffic.pauses import Headers, asked_pause_s, longest_pause_s

STATUSES = {429: RetryOn.S429, 502: RetryOn.S502, 503: RetryOn.S503, 504: RetryOn.S504}
CODES = {UPSTREAM_UNREACHABLE: RetryOn.CONNECT_ERROR, UPSTREAM_TIMEOUT: RetryOn.TIMEOUT}
OWN_FAULT = (UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT, UPSTREAM_BODY)  # codes that speak against the API
GIVEN_UP_AFTER = 0.5  # of its time: who hung so long when its caller left, failed


class Tried(NamedTuple):
    """What one attempt came to.

    `failed`: whether that speaks against the API, None where it tells nothing of it. `on`: what a retry may
    be declared for, `headers` those of the answer.
    """

    outcome: Parsed | Failure
    failed: bool | None
    on: RetryOn | None = None
    headers: Headers | None = None


class Refused(NamedTuple):
    """No call was made."""

    failure: Failure


async def send_steered(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    """The answer to a call by its policy, the last one where it was made several times."""
    sending = _Sending(runtime, request, step, call)
    tried = await sending.attempt()
    if isinstance(tried, Refused):
        return tried.failure
    retry = step.connector.policy.retry
    return tried.outcome if retry is None else await sending.repeat(retry, tried)


class _Sending:
    """One call on its way, in one or several attempts."""

    __slots__ = ("_breaker", "_call", "_host", "_made", "_now", "_request", "_runtime", "_step", "_timeout_s")

    def __init__(self, runtime: Runtime, request: Request, step: CallStep, call: Call) -> None:
        self._runtime = runtime
        self._request = request
        self._step = step
        self._call = call
        self._made = 0  # attempts
        self._now = runtime.works.loop.time
        self._timeout_s = runtime.timeout_of(step.connector)
        self._host = call.url.split("/", 3)[2]
        settings = step.connector.policy.circuit_breaker
        self._breaker: Breaker | None = None
        if settings is not None:
            self._breaker = runtime.traffic.breaker(settings, self._host)

    # ------------------------------------------------------------------ again
    async def repeat(self, retry: Retry, tried: Tried) -> Parsed | Failure:
        """Go on until it came to something that no retry is declared for, or may not be repeated again."""
        budget = self._runtime.traffic.budget(retry, self._host)
        budget.call_made()
        until = self._request.deadline_at
        if until is None:
            until = self._now() + self._runtime.timeout_s
        while tried.on in retry.on and self._made <= retry.max_retries:
            pause_s = self._pause_s(retry, tried)
            if self._now() + pause_s >= until or not budget.take(self._now()):
                break
            await asyncio.sleep(pause_s)
            again = await self.attempt()
            if isinstance(again, Refused):
                break
            tried = again
        return tried.outcome

    def _pause_s(self, retry: Retry, tried: Tried) -> float:
        """Full jitter, on top of what the API asks for."""
        traffic = self._runtime.traffic
        jitter_s = traffic.random.uniform(0, longest_pause_s(retry, self._made))
        return jitter_s + (asked_pause_s(tried.headers, traffic.today()) if tried.headers else 0)

    # ------------------------------------------------------------------ one attempt
    async def attempt(self) -> Tried | Refused:
        """Make the call once, if it may be made; each attempt counts as a call of the operation."""
        request, step = self._request, self._step
        if request.calls_made >= request.max_calls:
            return Refused(too_many_calls(step, request.max_calls))
        request.calls_made += 1
        slot = request.slot(step.connector.site)
        if not slot.take_free():
            await slot.take()
        try:
            tried = await self._enter()
        finally:
            slot.give()
        if isinstance(tried, Refused):
            request.calls_made -= 1
        return tried

    async def _enter(self) -> Tried | Refused:
        """Pass whatever may refuse the call at once before what may have it wait."""
        policy, traffic = self._step.connector.policy, self._runtime.traffic
        wait_s = self._breaker.wait_s(self._now()) if self._breaker is not None else None
        if wait_s is not None:
            return Refused(circuit_open(self._step, wait_s))
        gate = traffic.gate(policy.concurrency, self._host) if policy.concurrency is not None else None
        patience_s = self._time_left_s()
        if gate is not None and not gate.admits(patience_s):
            return Refused(overloaded(self._step, gate.expected_wait_s()))
        if policy.rate_limit is not None:
            wait_s = await traffic.limiter.admit(traffic.rate(policy.rate_limit, self._host))
            if wait_s > 0:
                return Refused(rate_limited(self._step, wait_s))
        if gate is None:
            return await self._pass()
        if not await gate.take(patience_s):
            return Refused(overloaded(self._step, gate.expected_wait_s()))
        began = self._now()
        tried: Tried | Refused | None = None
        try:
            tried = await self._pass()
            return tried
        finally:
            gate.give(None if isinstance(tried, Refused) else self._now() - began)

    async def _pass(self) -> Tried | Refused:
        """Send the call, unless its time ran out or the breaker opened while it waited."""
        breaker, began, timeout_s = self._breaker, self._now(), self._time_left_s()
        if timeout_s <= 0:
            return Refused(too_late(self._step))
        if breaker is None:
            return await self._send(timeout_s)
        passed = breaker.begin(began)
        if passed is None:
            return Refused(circuit_open(self._step, breaker.wait_s(began) or 0))
        failed: bool | None = None
        try:
            tried = await self._send(timeout_s)
            failed = tried.failed
            return tried
        except asyncio.CancelledError:
            failed = self._hung_since(began)
            raise
        finally:
            breaker.end(passed, failed=failed, now=self._now())

    async def _send(self, timeout_s: float) -> Tried:
        began, size_bytes = self._now(), 0
        observer, connector = self._request.observer, self._step.connector
        self._made += 1
        self._request.retries_made += self._made > 1
        try:
            answer = await self._runtime.transport.send(self._call, timeout_s=timeout_s)
            size_bytes = len(answer.body)
            parsed = parse_answer(answer, max_nesting=self._runtime.answer_nesting)
            return self._answered(parsed._replace(attempt=self._made))
        except CallFailed as error:
            if error.code == UPSTREAM_TIMEOUT and timeout_s < self._timeout_s:  # cut short by the deadline
                return Tried(self._told(too_late(self._step)), failed=self._hung_since(began))
            return self._unanswered(error)
        except asyncio.CancelledError:
            if self._now() - began >= timeout_s:  # nobody waits any longer because of that
                observer.call_over(connector, DEADLINE_EXCEEDED)
            raise
        finally:
            observer.call_sent(connector, self._now() - began, size_bytes)

    def _answered(self, parsed: Parsed) -> Tried:
        """Below 500 the API is well, unless it says success and sends no JSON."""
        status = parsed.status
        failed = status >= 500 or (status < 300 and parsed.body is BROKEN)
        return Tried(parsed, failed=failed, on=STATUSES.get(status), headers=parsed.headers)

    def _unanswered(self, error: CallFailed) -> Tried:
        failure = self._step.answer.failure(error.code, error.message, retryable=error.retryable)
        failed = True if error.code in OWN_FAULT else None
        return Tried(
            self._told(failure), failed=failed, on=CODES.get(error.code) if error.retryable else None
        )

    def _told(self, failure: Failure) -> Failure:
        return failure.at_attempt(self._made)

    def _hung_since(self, began: float) -> bool | None:
        """Whether a call that was given up had time enough to be held against the API: True, or None."""
        return self._now() - began >= self._timeout_s * GIVEN_UP_AFTER or None

    def _time_left_s(self) -> float:
        """For this attempt: its own time, within the caller's deadline."""
        deadline_at = self._request.deadline_at
        own_s = self._timeout_s
        return own_s if deadline_at is None else min(own_s, deadline_at - self._now())
