"""Publish a module, or go back to an older version of it."""

import asyncio
from dataclasses import replace

from engine.resource.model import Module
from resolvers.access import ADMIN, admit_admin, admit_to_unit
from resolvers.context import Context
from resolvers.idempotency import IdempotencyKey, IdempotentRequest, request_under
from resolvers.ports import Document, Insert, Replace, Write
from resolvers.resources.breaking import audited_reason, usage_problems
from resolvers.resources.catalog import Catalog, Stored, errors_among
from resolvers.resources.contention import take_turn
from resolvers.resources.drafts import Draft, try_out
from resolvers.resources.errors import (
    ModuleNotFound,
    ModuleVersionConflict,
    ModuleVersionNotFound,
    PublishContended,
    ResourcesInvalid,
)
from resolvers.resources.reading import PublishedModule, published_module
from resolvers.resources.records import (
    HEADS,
    MODULES,
    VERSIONS,
    ModuleRecord,
    VersionRecord,
    canonical,
    head_to_document,
    module_to_document,
    seal_config,
    version_id,
    version_of,
    version_to_document,
)
from resolvers.store_errors import DocumentNotFound, UniqueConflict, VersionConflict

MAX_RACES = 20  # publishes of other workers and replicas that may win before this one gives up
FIRST = 1


async def publish_module(
    context: Context, draft: Draft, *, idempotency_key: IdempotencyKey | None = None
) -> PublishedModule:
    """Publish the draft as the next version, and return when this instance serves it.

    Raises `ResourcesInvalid`, `ModuleVersionConflict`, `AccessDenied`, `IdempotencyKeyReused`,
    `StoreUnavailable`.
    """
    request = _request(context, draft, idempotency_key)
    for _ in range(MAX_RACES):
        try:
            record = await _publish_once(context, draft, request)
        except (VersionConflict, UniqueConflict, DocumentNotFound):
            continue  # another publish won: look at the world as it is now
        services = context.resources
        await services.revisions.serve(services.keeper.catalog.registry)
        services.news.served(services.keeper.catalog)
        return published_module(services.keeper.catalog, record)
    raise PublishContended


async def rollback_module(
    context: Context,
    module: str,
    *,
    to_version: int,
    force: bool = False,
    reason: str | None = None,
    idempotency_key: IdempotencyKey | None = None,
) -> PublishedModule:
    """Publish an older version's SDL again, as a new version, held to what a publish is held to.

    Raises as `publish_module` does, and `ModuleNotFound`, `ModuleVersionNotFound`.
    """
    services = context.resources
    if (await services.keeper.refresh()).find(module) is None:
        raise ModuleNotFound(module=module)
    document = await services.store.find(VERSIONS, version_id(module, to_version))
    if document is None:
        raise ModuleVersionNotFound(module=module, version=to_version)
    told = f"rollback to version {to_version}"
    draft = Draft(
        module=module,
        sdl=version_of(document).sdl,
        force=force and bool(reason),
        reason=f"{told}: {reason}" if reason else told,
    )
    return await publish_module(context, draft, idempotency_key=idempotency_key)


async def _publish_once(context: Context, draft: Draft, request: IdempotentRequest | None) -> ModuleRecord:
    """One attempt on the newest catalog; a store's conflict says that it was no longer the newest."""
    services = context.resources
    async with services.keeper.changing() as catalog:
        if request is not None and (result := await request.find_result(services.store)) is not None:
            return await _record_at(context, catalog, result)
        current = _admitted(context, catalog, draft)
        if current is not None and _is_current(catalog, current, draft):
            if request is not None:
                await services.store.write(_remember(context, request, current.current))
            return current
        trial = await asyncio.to_thread(
            try_out, catalog, draft, services.keeper.platform, trusted=context.principal.has_role(ADMIN)
        )
        if trial.registry is None or trial.module is None:
            raise ResourcesInvalid(errors_among(trial.problems))
        unit = trial.registry.units[draft.module]
        _admit_owner(context, current, unit)
        turn = await take_turn(services.store)
        broken = await usage_problems(context, draft, current=catalog.registry, proposed=trial.registry)
        if refused := errors_among(broken):
            raise ResourcesInvalid(refused)
        told = replace(draft, reason=audited_reason(draft, broken))
        record = _next_record(context, told, current, trial.module, unit)
        stored = Stored(record=record, parsed=trial.module)
        advanced = catalog.with_module(stored, trial.registry)
        writes = [*_writes(catalog, advanced, record), turn.taken()]
        if request is not None:
            writes.append(_remember(context, request, record.current))
        await services.store.write(*writes)
        services.keeper.advance(advanced)
        return record


def _admitted(context: Context, catalog: Catalog, draft: Draft) -> ModuleRecord | None:
    """The module as it is, for a caller of its unit who has seen that version."""
    current = catalog.find(draft.module)
    if current is not None:
        admit_to_unit(context.principal, current.unit)
    actual = 0 if current is None else current.version
    if draft.expected_version not in (None, actual):
        raise ModuleVersionConflict(module=draft.module, expected=draft.expected_version, actual=actual)
    return current


def _admit_owner(context: Context, current: ModuleRecord | None, unit: str) -> None:
    if current is None:
        admit_to_unit(context.principal, unit)
    elif current.unit != unit:
        admit_admin(context.principal, to=f"give the module of the unit {current.unit} to the unit {unit}")


def _is_current(catalog: Catalog, current: ModuleRecord, draft: Draft) -> bool:
    """Whether nothing would change: the same text and configuration, and it is being served."""
    served = catalog.served.get(draft.module)
    if served is None or draft.sdl != current.current.sdl:
        return False
    return draft.config is None or canonical(draft.config) == canonical(served.config)


def _next_record(
    context: Context, draft: Draft, current: ModuleRecord | None, module: Module, unit: str
) -> ModuleRecord:
    services = context.resources
    version = VersionRecord(
        module=draft.module,
        version=FIRST if current is None else current.version + 1,
        sdl=draft.sdl,
        published_at=services.now(),
        published_by=context.principal.subject,
        reason=draft.reason,
        forced=draft.force,
        trusted=module.trusted,
    )
    if draft.config is None and current is not None:
        return replace(current, current=version, unit=unit)  # the sealed values stay, even unreadable ones
    config = seal_config(module.config, services.secrets, module=draft.module)
    return ModuleRecord(current=version, unit=unit, config=config)


def _writes(old: Catalog, new: Catalog, record: ModuleRecord) -> list[Write]:
    versions = {name: stored.record.version for name, stored in new.stored.items()}
    head = head_to_document(new.number, versions)
    return [
        Insert(collection=HEADS, document=head)
        if old.number == 0
        else Replace(collection=HEADS, document=head),
        Insert(collection=MODULES, document=module_to_document(record))
        if record.version == FIRST
        else Replace(collection=MODULES, document=module_to_document(record)),
        Insert(collection=VERSIONS, document=version_to_document(record.current)),
    ]


def _request(context: Context, draft: Draft, key: IdempotencyKey | None) -> IdempotentRequest | None:
    if key is None:
        return None
    given = {
        "module": draft.module,
        "sdl": draft.sdl,
        "config": draft.config,
        "expected_version": draft.expected_version,
        "force": draft.force,
        "reason": draft.reason,
    }
    return request_under(key, context.principal, context.resources.secrets, given)


def _remember(context: Context, request: IdempotentRequest, version: VersionRecord) -> Insert:
    result: Document = {"module": version.module, "version": version.version}
    return request.remember(result, at=context.resources.now())


async def _record_at(context: Context, catalog: Catalog, result: Document) -> ModuleRecord:
    """The module as the first request of this key left it."""
    module, version = result["module"], result["version"]
    current = catalog.find(module)
    if current is None:
        raise ModuleNotFound(module=module)
    document = await context.resources.store.get(VERSIONS, version_id(module, version))
    return replace(current, current=version_of(document))
