"""Load keys in batches: gather them per API and request, split by size, match the answers by key."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import cast

from engine.resource.answers import Received
from engine.resource.mapping import Issues, MappingError
from engine.resource.outcome import MAPPING_ERROR, Failure
from engine.resource.plan.steps import BatchCall, CallStep
from engine.resource.run.fetching import fetch
from engine.resource.run.inputs import put
from engine.resource.run.request import Found, KeySet, Request
from engine.resource.run.runtime import Runtime

Key = tuple[object, ...]
Outcome = Sequence[Received] | Failure


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
        self._known: dict[Key, asyncio.Future[Outcome]] = {}

    async def load(self, sets: list[KeySet]) -> list[Found]:
        """Load what no earlier place asked for; every set gets what belongs to its keys."""
        loop = asyncio.get_running_loop()
        new: dict[Key, Key] = {}
        for keys in sets:
            for key, raw in keys.items():
                if key not in self._known:
                    self._known[key] = loop.create_future()
                    new[key] = raw
        if new:
            await self._load_new(new)
        await asyncio.gather(
            *(self._known[key] for keys in sets for key in keys if not self._known[key].done())
        )
        return [{key: self._known[key].result() for key in keys} for keys in sets]

    async def _load_new(self, new: dict[Key, Key]) -> None:
        size = self._batch.max_size
        remaining = iter(new.items())
        chunks = [dict(islice(remaining, size)) for _ in range(-(-len(new) // size))]
        if len(chunks) == 1:
            await self._load_chunk(chunks[0])
        else:
            await asyncio.gather(*(self._load_chunk(chunk) for chunk in chunks))

    async def _load_chunk(self, chunk: dict[Key, Key]) -> None:
        """One call. A failure is the failure of this chunk's keys and of no others."""
        outcomes = await self._call(chunk)
        for key in chunk:
            outcome = outcomes if isinstance(outcomes, Failure) else outcomes.get(key, ())
            self._known[key].set_result(outcome)

    async def _call(self, chunk: dict[Key, Key]) -> Mapping[Key, list[Received]] | Failure:
        variables = {**self._variables, "$batch": [self._parent(raw) for raw in chunk.values()]}
        try:
            call = self._step.request.render(variables)
        except MappingError as error:
            return self._step.answer.failure(MAPPING_ERROR, error.message)
        if call is None:
            return {}
        received = await fetch(self._runtime, self._request, self._step, call, variables)
        if isinstance(received, Failure):
            return received
        items = self._batch.items(received.body, received.variables, Issues())
        if not isinstance(items, list):
            return self._step.answer.failure(MAPPING_ERROR, "the API's answer to a batch is not a list")
        return self._by_key(cast("list[object]", items), received.variables)

    def _by_key(self, items: list[object], variables: Mapping[str, object]) -> dict[Key, list[Received]]:
        found: dict[Key, list[Received]] = {}
        for item in items:
            key = self._batch.item_keys(item, variables)
            if key is not None:
                found.setdefault(key, []).append(Received(item, variables))
        return found

    def _parent(self, raw: Key) -> dict[str, object]:
        """One member of `$batch`: the key parts under the names the template uses."""
        parent: dict[str, object] = {}
        for path, value in zip(self._batch.names, raw, strict=True):
            put(parent, path, value)
        return parent
