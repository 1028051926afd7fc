"""An index that looks at every edition of every article: what the real one is held to."""

from collections.abc import Iterable

from kb_index.analysis import analyse
from kb_index.asking import Query
from kb_index.edition import ArticleChange, Attached, Edition, Sight
from kb_index.folding import normalise


class NaiveIndex:
    def __init__(self) -> None:
        self._articles: dict[str, tuple[Edition, ...]] = {}

    def apply(self, changes: Iterable[ArticleChange]) -> None:
        for change in changes:
            self._articles[change.article] = change.editions

    def search(self, query: Query) -> set[tuple[str, int]]:
        """Article and revision of all that is found."""
        return {
            (one.article, one.revision)
            for one in self._editions()
            if may_be_seen(one, query.sight) and fits(one, query) and matches(one, query.text, query.sight)
        }

    def questions(self, sight: Sight) -> set[str]:
        """All that suggestions may be taken from."""
        return {
            text
            for one in self._editions()
            if may_be_seen(one, sight)
            for text in (one.question, *one.similar)
        }

    def _editions(self) -> Iterable[Edition]:
        return (edition for editions in self._articles.values() for edition in editions)


def may_be_seen(edition: Edition, sight: Sight) -> bool:
    begun = edition.effective_from is None or edition.effective_from <= sight.at
    over = edition.effective_to is not None and edition.effective_to <= sight.at
    return (
        begun
        and not over
        and (sight.units is None or edition.unit in sight.units)
        and _is_for(edition.channels, sight.channels)
        and _is_for(edition.audiences, sight.audiences)
        and all(_is_for(values, _named(sight, name)) for name, values in edition.dimensions.items())
    )


def fits(edition: Edition, query: Query) -> bool:
    return (
        (not query.kinds or edition.kind in query.kinds)
        and edition.category[: len(query.category)] == query.category
        and set(query.tags) <= set(edition.tags)
        and all(
            name in edition.attributes and edition.attributes[name] == value
            for name, value in query.attributes.items()
        )
    )


def matches(edition: Edition, text: str, sight: Sight) -> bool:
    """A term in common, or the whole question, or a pin."""
    questions = (edition.question, *edition.similar)
    if normalise(text) in {normalise(one) for one in (*questions, *edition.pinned_for)}:
        return True
    asked = analyse(text)
    attached = [one.text for one in edition.attachments if may_be_read(one, edition, sight)]
    texts = (*questions, *edition.answers, *attached, *edition.category, *edition.tags)
    terms = [analyse(one) for one in texts]
    words = {word for one in terms for word in one.words}
    grams = {gram for one in terms for gram in one.grams}
    return bool(words & set(asked.words) or grams & set(asked.grams))


def may_be_read(attached: Attached, edition: Edition, sight: Sight) -> bool:
    """On a channel of the file and of its article at once."""
    if not attached.channels or not edition.channels:
        return _is_for(attached.channels | edition.channels, sight.channels)
    both = attached.channels & edition.channels
    return bool(both) and _is_for(both, sight.channels)


def _is_for(values: frozenset[str], eyes: frozenset[str] | None) -> bool:
    return not values or eyes is None or bool(values & eyes)


def _named(sight: Sight, name: str) -> frozenset[str] | None:
    return sight.dimensions.get(name) or (None if sight.every_dimension else frozenset())
