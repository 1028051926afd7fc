"""Make one upstream call: once per operation, shared across requests where it may be, within all limits."""

import asyncio
from collections.abc import Mapping
from functools import partial

from engine.resource.answers import Parsed, Received, parse_answer
from engine.resource.calls import UPSTREAM_TIMEOUT, Call, CallFailed
from engine.resource.outcome import Failure
from engine.resource.plan.steps import CallStep
from engine.resource.run.caching import Lookup, fetch_kept
from engine.resource.run.refusals import too_late, too_many_calls
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.run.sharing import Flight
from engine.resource.run.steered import send_steered


async def fetch(
    runtime: Runtime, request: Request, step: CallStep, call: Call, variables: Mapping[str, object]
) -> Received | Failure:
    """The answer to a call as this step reads it.

    Under a query identical calls are one, whatever their method; a mutation's root calls never are.
    """
    shared = False
    if step.mutation:
        runtime.fence(call.source)
        try:
            parsed = await _send(runtime, request, step, call)
        finally:
            runtime.fence(call.source)
    elif step.connector.cache is not None and not request.mutation:
        lookup = Lookup(runtime, step, call, variables, partial(_send, runtime, request, step, call))
        return await fetch_kept(runtime, request, step, call, lookup)
    elif (under_way := request.results.get(call)) is not None:
        shared = True
        parsed = await under_way
    else:
        flight = request.results[call] = _flight_of(runtime, request, step, call)
        shared = flight.holders > 0
        flight.holders += 1
        try:
            parsed = await flight
        finally:
            flight.leave()
    return _observed(request, step, _read(step, parsed, variables), shared=shared)


def _read(step: CallStep, parsed: Parsed | Failure, variables: Mapping[str, object]) -> Received | Failure:
    return parsed if isinstance(parsed, Failure) else step.answer.read(parsed, variables)


def _observed(
    request: Request, step: CallStep, outcome: Received | Failure, *, shared: bool
) -> Received | Failure:
    code = outcome.code if isinstance(outcome, Failure) else None
    if shared:
        request.observer.call_shared(step.connector, code)
    else:
        request.observer.call_over(step.connector, code)
    return outcome


def _flight_of(
    runtime: Runtime, request: Request, step: CallStep, call: Call
) -> Flight[object, Parsed | Failure]:
    """An identical GET of another request with the same deadline, or the call, made for who joins."""
    key = None
    if call.method == "GET" and step.connector.policy.dedupe and not request.mutation:
        key = (call, runtime.fences.of(call.source), request.deadline_s)
        flight = runtime.flights.find(key)
        if flight is not None:
            return flight
    return runtime.flights.start(key, None, _send(runtime, request, step, call))


async def _send(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    """Make the call inside every limit. A call cut short by the request's deadline says so."""
    if step.steered:
        return await send_steered(runtime, request, step, call)
    if request.calls_made >= request.max_calls:
        return too_many_calls(step, request.max_calls)
    now = runtime.works.loop.time
    began = now()
    own_s = runtime.timeout_of(step.connector)
    timeout_s = own_s if request.deadline_at is None else min(own_s, request.deadline_at - began)
    if timeout_s <= 0:
        return too_late(step)
    request.calls_made += 1
    size_bytes = 0
    slot = request.slot(step.connector.site)
    if not slot.take_free():
        await slot.take()
    try:
        answer = await runtime.transport.send(call, timeout_s=timeout_s)
        size_bytes = len(answer.body)
        return parse_answer(answer, max_nesting=runtime.answer_nesting)
    except CallFailed as failed:
        if failed.code == UPSTREAM_TIMEOUT and timeout_s < own_s:
            return too_late(step)
        return step.answer.failure(failed.code, failed.message, retryable=failed.retryable)
    except asyncio.CancelledError:
        if now() - began >= timeout_s:  # nobody waits any longer because of that
            request.observer.call_over(step.connector, too_late(step).code)
        raise
    finally:
        slot.give()
        request.observer.call_sent(step.connector, now() - began, size_bytes)
