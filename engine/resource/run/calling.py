"""Call an API for the objects of one place: once per distinct inputs, or in batches by key."""

from collections.abc import Coroutine, Mapping, Sequence
from itertools import islice
from typing import cast

from engine.resource.calls import Call, is_credential
from engine.resource.mapping import Issues, MappingError
from engine.resource.model import OnError, Registry
from engine.resource.outcome import BATCH_KEY_MISSING, MAPPING_ERROR, Failure
from engine.resource.plan.steps import SCALARS, BatchCall, CallStep, Object, Objects
from engine.resource.run.batches import BatchLoading
from engine.resource.run.fetching import fetch
from engine.resource.run.inputs import arguments_of, copied, group_key, inputs_of
from engine.resource.run.request import Key, KeySet, Loader, Request, Rows
from engine.resource.run.runtime import Runtime

IDEMPOTENCY_KEY = "idempotency-key"


class Caller:
    """Runs the call steps of one request."""

    def __init__(self, registry: Registry, runtime: Runtime, request: Request) -> None:
        self._registry = registry
        self._runtime = runtime
        self._request = request

    def call(self, step: CallStep, objects: Objects) -> Coroutine[object, None, None] | None:
        """Fill the step's slot of these objects, at once if no call is needed, else by what is returned."""
        arguments = arguments_of(step, self._request)
        if isinstance(arguments, Failure):
            _put(step, objects, arguments)
            return None
        variables = self._base_variables(step, arguments)
        if step.batch is not None:
            return self._call_in_batches(step, objects, variables)
        if step.inputs or step.argument_inputs:
            return self._call_by_inputs(step, objects, variables)
        return self._call_once(step, objects, variables)

    def _call_by_inputs(
        self, step: CallStep, objects: Objects, base: dict[str, object]
    ) -> Coroutine[object, None, None] | None:
        """One call for all objects with equal inputs."""
        name = "$args" if step.argument_inputs else "$this"
        if len(objects) == 1:
            read = self._read(step, objects[0])
            if type(read) is dict:
                return self._call_once(step, objects, {**base, name: read})
            _put(step, objects, read)
            return None
        groups: dict[object, tuple[dict[str, object], list[Object]]] = {}
        for item in objects:
            read = self._read(step, item)
            if read is None or isinstance(read, Failure):
                item[step.slot] = read
            else:
                group = groups.setdefault(group_key(read), (read, []))
                group[1].append(item)
        runs = [self._call_once(step, members, {**base, name: read}) for read, members in groups.values()]
        return self._runtime.works.run_all([run for run in runs if run is not None])

    def _read(self, step: CallStep, item: Object) -> dict[str, object] | Failure | None:
        """What the call needs of the object; None where its key is null, and there is nothing to ask."""
        read = inputs_of(step.argument_inputs or step.inputs, item)
        if not isinstance(read, Failure) and any(key(item) is None for key in step.key_inputs):
            return None
        return read

    def _call_once(
        self, step: CallStep, objects: Objects, variables: dict[str, object]
    ) -> Coroutine[object, None, None] | None:
        """One call for all these objects, if there is anything to ask."""
        try:
            call = step.request.render(variables)
        except MappingError as error:
            _put(step, objects, self._failed(step, step.answer.failure(MAPPING_ERROR, error.message)))
            return None
        if call is None:
            _put(step, objects, None)
            return None
        if step.mutation:
            call = _keyed(call, self._request.call_key())
        return self._fetch_once(step, objects, call, variables)

    async def _fetch_once(
        self, step: CallStep, objects: Objects, call: Call, variables: dict[str, object]
    ) -> None:
        received = await fetch(self._runtime, self._request, step, call, variables)
        if isinstance(received, Failure):
            _put(step, objects, self._failed(step, received))
            return
        value = step.mapper(received.body, received.variables, Issues())
        if step.entity and value is not None and type(value) is not dict:
            value = step.answer.failure(MAPPING_ERROR, "the API's value is not an object")
        _put(step, objects, value)

    def _failed(self, step: CallStep, failure: Failure) -> object:
        if step.connector.on_error is OnError.DEFAULT:
            return copied(step.connector.default)
        return failure

    def _base_variables(self, step: CallStep, arguments: Mapping[str, object]) -> dict[str, object]:
        """What the templates and mappings of a call may read that is the same for every object."""
        connector = step.connector
        variables: dict[str, object] = {
            "$config": self._registry.modules[connector.module].config,
            "$args": arguments,
        }
        if step.reads_context:
            variables["$context"] = self._request.context
        if step.reads_request:
            headers = self._request.headers
            if not self._runtime.may_see_credentials(connector):
                headers = {name: values for name, values in headers.items() if not is_credential(name)}
            variables["$request"] = {"headers": headers}
        return variables

    # ------------------------------------------------------------------ batches
    async def _call_in_batches(self, step: CallStep, objects: Objects, base: dict[str, object]) -> None:
        batch = step.batch
        assert batch is not None, "the caller looked"
        columns = [[read(item) for item in objects] for read in batch.keys]
        if not all(SCALARS.issuperset(map(type, column)) for column in columns):
            objects = self._with_keys(step, batch, objects)
            columns = [[read(item) for item in objects] for read in batch.keys]
        if not objects:
            return
        fitted = [list(map(fit, column)) for fit, column in zip(batch.coerce, columns, strict=True)]
        keys = list(zip(*fitted, strict=True))
        wanted = KeySet()
        for key, raw in zip(keys, zip(*columns, strict=True), strict=True):
            if key not in wanted:
                wanted[key] = raw
        values: dict[Key, object] = {}
        for given, its_keys in await self._loader(step, base).load(wanted):
            self._put_values(step, batch, given, its_keys, values)
        for item, key in zip(objects, keys, strict=True):
            item[step.slot] = values[key]

    def _with_keys(self, step: CallStep, batch: BatchCall, objects: Objects) -> Objects:
        """The objects that have a key; the others get what there is instead."""
        found: list[Object] = []
        for item in objects:
            raw = [read(item) for read in batch.keys]
            failure = next((part for part in raw if isinstance(part, Failure)), None)
            if failure is not None:
                item[step.slot] = failure
            elif None in raw:
                item[step.slot] = [] if batch.many else None
            elif any(isinstance(part, dict | list) for part in raw):
                item[step.slot] = step.answer.failure(MAPPING_ERROR, "a batch key is not a scalar")
            else:
                found.append(item)
        return found

    def _loader(self, step: CallStep, base: dict[str, object]) -> Loader:
        key = (step.connector.site, group_key(base["$args"]))
        loader = self._request.loaders.get(key)
        if loader is None:
            loading = BatchLoading(self._runtime, self._request, step, base)
            loader = self._request.loaders[key] = self._request.loader(loading.load)
        return loader

    def _put_values(
        self,
        step: CallStep,
        batch: BatchCall,
        given: Rows | Failure,
        keys: Sequence[Key],
        values: dict[Key, object],
    ) -> None:
        """The value of each key of one call; its items are mapped all at once."""
        if isinstance(given, Failure):
            values.update({key: self._failed(step, given) for key in keys})
            return
        by_key = given.by_key
        present = [key for key in keys if key in by_key]
        if batch.many:
            lists = cast("Mapping[Key, list[object]]", by_key)
            mapped = iter(batch.map_items([it for key in present for it in lists[key]], given.variables))
            values.update({key: list(islice(mapped, len(lists.get(key, ())))) for key in keys})
            return
        mapped = batch.map_items([by_key[key] for key in present], given.variables)
        values.update(zip(present, mapped, strict=True))
        if len(present) < len(keys):
            values.update({key: self._missing(step, batch) for key in keys if key not in by_key})

    def _missing(self, step: CallStep, batch: BatchCall) -> object:
        if not batch.entity:
            return None
        message = "the API's answer has no item for this key"
        return self._failed(step, step.answer.failure(BATCH_KEY_MISSING, message))


def _put(step: CallStep, objects: Objects, outcome: object) -> None:
    for item in objects:
        item[step.slot] = outcome


def _keyed(call: Call, key: str | None) -> Call:
    """A call of a mutation says which request it belongs to, unless the unit's own header does."""
    if key is None or any(name.lower() == IDEMPOTENCY_KEY for name, _ in call.headers):
        return call
    return call._replace(headers=(*call.headers, (IDEMPOTENCY_KEY, key)))
