"""What differs between two versions of a module, beside the other modules as they are published now."""

import asyncio
from collections.abc import Sequence

from engine.resource.model import Registry
from resolvers.context import Context
from resolvers.resources.breaking import with_users
from resolvers.resources.catalog import errors_among
from resolvers.resources.changes import SchemaChange, changes_between
from resolvers.resources.drafts import Draft, try_out
from resolvers.resources.errors import ModuleVersionNotFound, ResourcesInvalid
from resolvers.resources.reading import PublishedModule
from resolvers.resources.records import VERSIONS, version_id, version_of


async def compare_versions(
    context: Context, module: PublishedModule, *, old: int, new: int
) -> Sequence[SchemaChange]:
    """The changes from one version to the other, breaking ones first, each with who uses what it is about.

    Raises `ModuleVersionNotFound`, and `ResourcesInvalid` for a version that no longer fits the others.
    """
    before, after = [await _registry_with(context, module, version) for version in (old, new)]
    changes = await asyncio.to_thread(changes_between, before, after)
    return await with_users(context, before, changes)


async def _registry_with(context: Context, module: PublishedModule, version: int) -> Registry:
    services, name = context.resources, module.record.name
    catalog = services.keeper.catalog
    if version == module.record.version and name in catalog.registry.modules:
        return catalog.registry
    document = await services.store.find(VERSIONS, version_id(name, version))
    if document is None:
        raise ModuleVersionNotFound(module=name, version=version)
    stored = version_of(document)
    draft = Draft(module=name, sdl=stored.sdl)
    trial = await asyncio.to_thread(try_out, catalog, draft, services.keeper.platform, trusted=stored.trusted)
    if trial.registry is None:
        raise ResourcesInvalid(errors_among(trial.problems))
    return trial.registry
