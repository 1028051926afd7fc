"""Answer a call from what is kept: while it is fresh, and for a while after that where the call fails."""

from collections.abc import Callable, Coroutine, Mapping
from hashlib import blake2b
from typing import cast

import orjson

from engine.access import Principal
from engine.resource.answers import Parsed, Received
from engine.resource.cache import CachePolicy
from engine.resource.calls import Call
from engine.resource.outcome import Failure
from engine.resource.plan.steps import CallStep
from engine.resource.run.request import Request
from engine.resource.run.runtime import Runtime
from engine.resource.run.sharing import Flight

Outcome = Parsed | Failure
Send = Callable[[], Coroutine[object, None, Outcome]]
PASSING = (408, 425, 429)  # the statuses from 400 to 499 that say nothing about what was asked for


class Lookup:
    """One call that the cache may answer, for all who ask for it at the same time; `send` makes it.

    When it is over, `cached` says that there was no call, and `code` why the call that was made failed.
    """

    def __init__(
        self, runtime: Runtime, step: CallStep, call: Call, variables: Mapping[str, object], send: Send
    ) -> None:
        assert step.connector.cache is not None, "the caller looked"
        self._cache = runtime.cache
        self._policy: CachePolicy = step.connector.cache
        self._reader = step.answer
        self._source = call.source
        self.variables = variables
        self._send = send
        self.cached = False
        self.code: str | None = None

    async def answer(self, key: str) -> Outcome:
        """What is kept if it is fresh, else what the call gives; where it fails, what may stand in for it."""
        found = await self._cache.find(key, self._source)
        kept, policy = found.entry, self._policy
        if kept is not None and kept.age_s < policy.max_age_s:
            self.cached = True
            return _read_entry(kept.value)
        outcome = await self._send()
        failure = self._failure_of(outcome)
        if failure is None:
            if found.mark is not None:
                entry = (self._entry_of(outcome), policy.keep_s)
                self._cache.keep(key, self._source, found.mark, entry)
            return outcome
        self.code = failure.code
        if kept is not None and kept.age_s < policy.keep_s and not _is_definite(failure):
            return _read_entry(kept.value)
        return outcome

    def _failure_of(self, outcome: Outcome) -> Failure | None:
        read = self._reader.read(outcome, self.variables) if isinstance(outcome, Parsed) else outcome
        return read if isinstance(read, Failure) else None

    def _entry_of(self, outcome: Outcome) -> bytes:
        """Headers only where a mapping reads them: they hold cookies, and what else is nobody's later."""
        assert isinstance(outcome, Parsed), "it is no failure"
        headers = dict(outcome.headers) if self._reader.wants_headers else {}
        return orjson.dumps((outcome.status, headers, outcome.body))


async def fetch_kept(
    runtime: Runtime, request: Request, step: CallStep, call: Call, lookup: Lookup
) -> Received | Failure:
    """The answer as this step reads it; `lookup` is begun unless an identical one is under way."""
    assert step.connector.cache is not None, "the caller looked"
    key = entry_key(step.connector.cache, request.principal, call)
    flight = request.results.get(key)
    if flight is None:
        flight = request.results[key] = _flight_of(runtime, request, call.source, key, lookup)
    flight.holders += 1
    try:
        outcome = await flight
    finally:
        flight.leave()
    made = cast("Lookup", flight.work)  # who made it first: under this key there is nothing else
    read = outcome if isinstance(outcome, Failure) else step.answer.read(outcome, lookup.variables)
    code = read.code if isinstance(read, Failure) else made.code
    if made is not lookup:
        request.observer.call_shared(step.connector, code)
    elif made.cached and code is None:
        request.observer.call_cached(step.connector)
    else:
        request.observer.call_over(step.connector, code)
    return read


def entry_key(policy: CachePolicy, principal: Principal, call: Call) -> str:
    """Everything the answer depends on, as a digest: what is kept names no URL and holds no credential."""
    who = (principal.authenticated, principal.subject) if policy.private else None
    return blake2b(repr((policy.version, who, tuple(call))).encode(), digest_size=20).hexdigest()


def _flight_of(
    runtime: Runtime, request: Request, source: str, key: str, lookup: Lookup
) -> Flight[object, Outcome]:
    shared = ("kept", key, runtime.fences.of(source), request.deadline_s)
    flight = runtime.flights.find(shared)
    return flight or runtime.flights.start(shared, lookup, lookup.answer(key))


def _read_entry(value: bytes) -> Parsed:
    status, headers, body = cast("tuple[int, dict[str, list[str]], object]", orjson.loads(value))
    return Parsed(status, {name: tuple(values) for name, values in headers.items()}, body)


def _is_definite(failure: Failure) -> bool:
    """Whether the API said no, as of what is gone or forbidden: what it said earlier does not stand then."""
    status = failure.facts.get("httpStatus")
    return isinstance(status, int) and 400 <= status < 500 and status not in PASSING
