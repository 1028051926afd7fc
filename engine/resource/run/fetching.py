"""Make one upstream call: once per operation, shared across requests where it may be, within all limits."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack

from engine.resource.answers import Parsed, Received, parse_answer
from engine.resource.calls import Call, CallFailed
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
    """Join an identical GET of another request; each waiter keeps its own deadline."""
    key = (call, runtime.fences.of(call.source))
    send = _send(runtime, request, step, call, _own_timeout(runtime, step))
    started = False

    def start() -> tuple[None, Coroutine[object, object, Parsed | Failure]]:
        nonlocal started
        started = True
        return None, send

    with runtime.flights.hold(key, start) as flight:
        if not started:
            send.close()
            runtime.observer.call_ended(
                CallEvent(connector=step.connector, code=None, seconds=0, shared=True)
            )
        return await flight.result()


async def _once(runtime: Runtime, request: Request, step: CallStep, call: Call) -> Parsed | Failure:
    if not step.mutation:
        return await _send(runtime, request, step, call, _timeout_left(runtime, request, step))
    runtime.fences.raise_for(call.source)
    try:
        return await _send(runtime, request, step, call, _timeout_left(runtime, request, step))
    finally:
        runtime.fences.raise_for(call.source)


async def _send(
    runtime: Runtime, request: Request, step: CallStep, call: Call, timeout_s: float
) -> Parsed | Failure:
    if request.calls_made >= request.max_calls:
        return step.answer.failure(CALL_LIMIT, f"the operation needs more than {request.max_calls} calls")
    if timeout_s <= 0:
        return step.answer.failure(DEADLINE_EXCEEDED, "no time was left for this call", retryable=True)
    request.calls_made += 1
    loop = asyncio.get_running_loop()
    began = loop.time()
    code: str | None = None
    try:
        async with AsyncExitStack() as limits:
            await limits.enter_async_context(request.slot(step.connector.coordinate))
            gate = runtime.gate(step.connector)
            if gate is not None:
                await limits.enter_async_context(gate)
            return parse_answer(await runtime.transport.send(call, timeout_s=timeout_s))
    except CallFailed as failed:
        code = failed.code
        return step.answer.failure(failed.code, failed.message, retryable=failed.retryable)
    finally:
        event = CallEvent(connector=step.connector, code=code, seconds=loop.time() - began, shared=False)
        runtime.observer.call_ended(event)


def _own_timeout(runtime: Runtime, step: CallStep) -> float:
    stated = step.connector.policy.timeout_ms
    return runtime.timeout_s if stated is None else stated / 1000


def _timeout_left(runtime: Runtime, request: Request, step: CallStep) -> float:
    """The lesser of the API's timeout and what is left of the request's deadline."""
    own = _own_timeout(runtime, step)
    if request.deadline_at is None:
        return own
    return min(own, request.deadline_at - asyncio.get_running_loop().time())
