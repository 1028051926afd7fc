"""Make one upstream call: once per operation, shared across requests where it may be, within all limits."""

import asyncio
from collections.abc import Coroutine, Mapping

from engine.resource.answers import Parsed, Received, parse_answer
from engine.resource.calls import UPSTREAM_TIMEOUT, Call, CallFailed
from engine.resource.outcome import CALL_LIMIT, DEADLINE_EXCEEDED, Failure
from engine.resource.plan.steps import CallStep
from engine.resource.run.request import Request
from engine.resource.run.runtime import CallEvent, Runtime


async def fetch(
    runtime: Runtime, request: Request, step: CallStep, call: Call, variables: Mapping[str, object]
) -> Received | Failure:
    """The answer to a call as this step reads it.

    Under a query identical calls are one, whatever their method; a mutation's root calls never are.
    """
    parsed = await (
        _once(runtime, request, step, call) if step.mutation else _collapsed(runtime, request, step, call)
    )
    return parsed if isinstance(parsed, Failure) else step.answer.read(parsed, variables)


async def _collapsed(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    under_way = request.results.get(call)
    if under_way is not None:
        return await under_way
    result: asyncio.Future[Parsed | Failure] = asyncio.get_running_loop().create_future()
    request.results[call] = result
    try:
        if call.method == "GET" and step.connector.policy.dedupe and not request.mutation:
            parsed = await _shared(runtime, request, step, call)
        else:
            parsed = await _once(runtime, request, step, call)
    except BaseException:
        result.cancel()
        raise
    result.set_result(parsed)
    return parsed


async def _shared(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    """Join an identical GET of another request with the same deadline, or make it for whoever joins."""
    started = False

    def start() -> tuple[None, Coroutine[object, object, Parsed | Failure]]:
        nonlocal started
        started = True
        return None, _send(runtime, request, step, call, _timeout(runtime, request, step))

    key = (call, runtime.fences.of(call.source), request.deadline_s)
    with runtime.flights.hold(key, start) as flight:
        if not started:
            runtime.observer.call_ended(
                CallEvent(connector=step.connector, code=None, seconds=0, shared=True)
            )
        return await flight.result()


async def _once(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    if not step.mutation:
        return await _send(runtime, request, step, call, _timeout(runtime, request, step))
    runtime.fences.raise_for(call.source)
    try:
        return await _send(runtime, request, step, call, _timeout(runtime, request, step))
    finally:
        runtime.fences.raise_for(call.source)


async def _send(
    runtime: Runtime, request: Request, step: CallStep, call: Call, timeout_s: float
) -> Parsed | Failure:
    """Make the call inside every limit. A call cut short by the request's deadline says so."""
    if request.calls_made >= request.max_calls:
        return step.answer.failure(CALL_LIMIT, f"the operation needs more than {request.max_calls} calls")
    if timeout_s <= 0:
        return _too_late(step)
    request.calls_made += 1
    slot, gate = request.slot(step.connector.site), runtime.gate(step.connector)
    loop = asyncio.get_running_loop()
    began = loop.time()
    code: str | None = None
    await slot.acquire()
    try:
        if gate is None:
            answer = await runtime.transport.send(call, timeout_s=timeout_s)
        else:
            async with gate:
                answer = await runtime.transport.send(call, timeout_s=timeout_s)
        return parse_answer(answer, max_nesting=runtime.answer_nesting)
    except CallFailed as failed:
        code = failed.code
        if code == UPSTREAM_TIMEOUT and timeout_s < _own_timeout(runtime, step):
            return _too_late(step)
        return step.answer.failure(failed.code, failed.message, retryable=failed.retryable)
    finally:
        slot.release()
        runtime.observer.call_ended(
            CallEvent(connector=step.connector, code=code, seconds=loop.time() - began, shared=False)
        )


def _too_late(step: CallStep) -> Failure:
    return step.answer.failure(
        DEADLINE_EXCEEDED, "the deadline passed before the API answered", retryable=True
    )


def _own_timeout(runtime: Runtime, step: CallStep) -> float:
    stated = step.connector.policy.timeout_ms
    return runtime.timeout_s if stated is None else stated / 1000


def _timeout(runtime: Runtime, request: Request, step: CallStep) -> float:
    """The lesser of the API's timeout and what is left of the request's deadline."""
    own = _own_timeout(runtime, step)
    if request.deadline_at is None:
        return own
    return min(own, request.deadline_at - asyncio.get_running_loop().time())
