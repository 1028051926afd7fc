"""Load keys in batches: gather them per API and request, split by size, match the answers by key."""

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import cast

from engine.resource.mapping import Issues, MappingError
from engine.resource.outcome import MAPPING_ERROR, Failure
from engine.resource.plan.steps import BatchCall, CallStep
from engine.resource.run.fetching import fetch
from engine.resource.run.inputs import put
from engine.resource.run.request import Found, Key, KeySet, Request, Rows
from engine.resource.run.runtime import Runtime


class BatchLoading:
    """One API with one set of constant inputs, in one request."""

    def __init__(
        self, runtime: Runtime, request: Request, step: CallStep, variables: Mapping[str, object]
    ) -> None:
        assert step.batch is not None, "only batch calls are loaded"
        self._runtime = runtime
        self._request = request
        self._step = step
        self._batch: BatchCall = step.batch
        self._variables = variables
        self._known: dict[Key, asyncio.Future[Rows | Failure]] = {}  # one for all keys of a call

    async def load(self, sets: list[KeySet]) -> list[Found]:
        """Load what no earlier place asked for; every set gets what belongs to its keys."""
        new: dict[Key, Key] = {}
        for keys in sets:
            for key, raw in keys.items():
                if key not in self._known:
                    new.setdefault(key, raw)
        if new:
            await self._load_new(new)
        asked = [self._by_call(keys) for keys in sets]
        await asyncio.gather(*{call for calls in asked for call in calls if not call.done()})
        return [[(call.result(), keys) for call, keys in calls.items()] for calls in asked]

    def _by_call(self, keys: KeySet) -> "dict[asyncio.Future[Rows | Failure], list[Key]]":
        calls: dict[asyncio.Future[Rows | Failure], list[Key]] = {}
        for key in keys:
            calls.setdefault(self._known[key], []).append(key)
        return calls

    async def _load_new(self, new: dict[Key, Key]) -> None:
        size = self._batch.max_size
        loop = asyncio.get_running_loop()
        remaining = iter(new.items())
        chunks: list[tuple[dict[Key, Key], asyncio.Future[Rows | Failure]]] = []
        while chunk := dict(islice(remaining, size)):
            call: asyncio.Future[Rows | Failure] = loop.create_future()
            self._known.update(dict.fromkeys(chunk, call))
            chunks.append((chunk, call))
        await self._runtime.works.run_all([self._load_chunk(chunk, call) for chunk, call in chunks])

    async def _load_chunk(self, chunk: dict[Key, Key], done: "asyncio.Future[Rows | Failure]") -> None:
        """One call. A failure is the failure of this chunk's keys and of no others."""
        done.set_result(await self._call(chunk))

    async def _call(self, chunk: dict[Key, Key]) -> Rows | Failure:
        variables = {**self._variables, "$batch": self._parents(chunk)}
        try:
            call = self._step.request.render(variables)
        except MappingError as error:
            return self._step.answer.failure(MAPPING_ERROR, error.message)
        if call is None:
            return Rows({}, variables)
        received = await fetch(self._runtime, self._request, self._step, call, variables)
        if isinstance(received, Failure):
            return received
        items = self._step.mapper(received.body, received.variables, Issues())
        if not isinstance(items, list):
            return self._step.answer.failure(MAPPING_ERROR, "the API's answer to a batch is not a list")
        return Rows(self._by_key(cast("list[object]", items), received.variables), received.variables)

    def _by_key(self, items: list[object], variables: Mapping[str, object]) -> Mapping[Key, object]:
        keys = self._batch.item_keys(items, variables)
        if not self._batch.many:  # the first item of a key is written last
            first = dict(zip(reversed(keys), reversed(items), strict=True))
            return {key: item for key, item in first.items() if key is not None}
        found: dict[Key, list[object]] = {}
        for key, item in zip(keys, items, strict=True):
            if key is not None:
                found.setdefault(key, []).append(item)
        return found

    def _parents(self, chunk: dict[Key, Key]) -> list[dict[str, object]]:
        """`$batch`: the key parts under the names the template uses."""
        names = self._batch.names
        if all(len(path) == 1 for path in names):
            plain = [path[0] for path in names]
            return [dict(zip(plain, raw, strict=True)) for raw in chunk.values()]
        parents: list[dict[str, object]] = [{} for _ in chunk]
        for parent, raw in zip(parents, chunk.values(), strict=True):
            for path, value in zip(names, raw, strict=True):
                put(parent, path, value)
        return parents
