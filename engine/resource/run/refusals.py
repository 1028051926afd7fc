"""Failures of calls that no API is to blame for: too late, too many, or held back by a policy."""

from math import ceil

from engine.resource.outcome import CALL_LIMIT, CIRCUIT_OPEN, DEADLINE_EXCEEDED, RATE_LIMITED, Failure
from engine.resource.plan.steps import CallStep


def too_late(step: CallStep) -> Failure:
    return step.answer.failure(
        DEADLINE_EXCEEDED, "the deadline passed before the API answered", retryable=True
    )


def too_many_calls(step: CallStep, limit: int) -> Failure:
    return step.answer.failure(CALL_LIMIT, f"the operation needs more than {limit} calls")


def circuit_open(step: CallStep, wait_s: float) -> Failure:
    message = "the API failed too often lately and is left alone for a while"
    return _held_back(step, CIRCUIT_OPEN, message, wait_s)


def rate_limited(step: CallStep, wait_s: float) -> Failure:
    return _held_back(step, RATE_LIMITED, "the API's rate limit is reached", wait_s)


def overloaded(step: CallStep, wait_s: float) -> Failure:
    message = "more calls wait for the API than it can answer in time"
    return _held_back(step, RATE_LIMITED, message, wait_s)


def _held_back(step: CallStep, code: str, message: str, wait_s: float) -> Failure:
    """No call was made; after so long one may be."""
    wait_ms = max(ceil(wait_s * 1000), 1)
    return step.answer.failure(code, message, retryable=True, retryAfterMs=wait_ms)
