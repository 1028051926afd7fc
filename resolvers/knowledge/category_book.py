"""What articles may say in `attributes`: by the schemas that units saved, or else those of the settings."""

from typing import cast

from engine.flow.forms import CompiledForm, validate
from engine.flow.model import JsonObject
from engine.problem import Problem
from resolvers.knowledge.article import ArticleContent
from resolvers.knowledge.categories import CategorySchemas, compiled_schema
from resolvers.knowledge.category import CATEGORIES, category_id, category_of
from resolvers.ports import Document, DocumentStore

MAX_COMPILED = 1_000


class CategoryBook:
    """Compiles a saved schema once for each of its revisions."""

    def __init__(self, store: DocumentStore, settings: CategorySchemas) -> None:
        self._store = store
        self._settings = settings
        self._compiled: dict[tuple[str, int], CompiledForm] = {}

    async def problems(self, unit: str, content: ArticleContent) -> list[Problem]:
        """What the nearest schema finds wrong; of two as near, the unit's own. Raises `StoreUnavailable`."""
        paths = [content.category[:depth] for depth in range(len(content.category), 0, -1)]
        if not paths:
            return []
        documents = await self._store.load_many(CATEGORIES, [category_id(unit, path) for path in paths])
        given = cast("JsonObject", content.attributes)  # JSON, as it was read
        for path, document in zip(paths, documents, strict=True):
            form = self._form(document) or self._settings.find(path)
            if form is not None:
                return validate(form, given, at="attributes")
        return []

    def _form(self, document: Document | None) -> CompiledForm | None:
        schema = None if document is None else category_of(document).schema
        if document is None or schema is None:
            return None
        key = document["id"], document["version"]
        if (known := self._compiled.get(key)) is not None:
            return known
        if len(self._compiled) >= MAX_COMPILED:
            self._compiled.clear()
        return self._compiled.setdefault(key, compiled_schema(document["path"], schema))
