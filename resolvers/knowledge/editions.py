"""What the index is to hold of an article: its published versions whose windows have not ended, as text."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from kb_index.edition import ArticleChange, Attached, Edition
from resolvers.knowledge.access import dimensions_of, for_whom
from resolvers.knowledge.article import ArticleContent, ArticleRecord, Publication
from resolvers.knowledge.attachments.attachment import load_texts
from resolvers.knowledge.markup import Markup, fill_in
from resolvers.knowledge.records import load_articles, load_contents
from resolvers.ports import DocumentStore


class Editions:
    """Reads articles as the index takes them."""

    def __init__(self, store: DocumentStore, markup: Markup) -> None:
        self._store = store
        self._markup = markup

    async def changes_of(self, articles: Sequence[str], *, now: datetime) -> list[ArticleChange]:
        """Their state as it is stored now, in the order of the ids. Raises `StoreUnavailable`."""
        records = await load_articles(self._store, articles)
        wanted = [
            (record, publication)
            for record in records
            if record is not None
            for publication in record.open_publications(now)
        ]
        contents = await load_contents(self._store, wanted)
        named = [one for content in contents for answer in content.answers for one in answer.attachments]
        texts = await load_texts(self._store, named)
        editions: dict[str, list[Edition]] = {article: [] for article in articles}
        for (record, publication), content in zip(wanted, contents, strict=True):
            editions[record.id].append(self._edition(record, publication, content, texts))
        return [ArticleChange(article=one, editions=tuple(editions[one])) for one in articles]

    def _edition(
        self,
        record: ArticleRecord,
        publication: Publication,
        content: ArticleContent,
        texts: Mapping[str, str],
    ) -> Edition:
        return Edition(
            article=record.id,
            revision=publication.revision,
            kind=content.kind.value,
            unit=record.unit,
            question=content.question,
            similar=content.similar,
            answers=answer_texts(content, self._markup),
            attachments=_attached(content, texts),
            category=content.category,
            tags=content.tags,
            channels=for_whom(content.channels),
            audiences=for_whom(content.audiences),
            dimensions=dimensions_of(content),
            attributes=_scalars(content.attributes),
            pinned_for=content.pinned_for,
            effective_from=publication.effective_from,
            effective_to=publication.effective_to,
            published_at=publication.at,
        )


def answer_texts(content: ArticleContent, markup: Markup) -> tuple[str, ...]:
    """The words of the answers, attributes filled in."""
    return tuple(
        markup.to_text(fill_in(one.body, one.format, content.attributes), one.format)
        for one in content.answers
    )


def _attached(content: ArticleContent, texts: Mapping[str, str]) -> tuple[Attached, ...]:
    """The files that have words, each once: for the channels of all the answers that carry it."""
    channels: dict[str, set[str | None]] = {}
    for answer in content.answers:
        for one in answer.attachments:
            channels.setdefault(one, set()).add(answer.channel)
    return tuple(
        Attached(
            id=one,
            text=texts[one],
            channels=frozenset() if None in named else frozenset(filter(None, named)),
        )
        for one, named in channels.items()
        if one in texts
    )


def _scalars(attributes: Mapping[str, object]) -> dict[str, str | float | bool]:
    """Those that a filter may compare."""
    return {name: value for name, value in attributes.items() if isinstance(value, str | int | float)}
