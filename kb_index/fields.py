"""The index's fields, and an edition as its documents: each question, the whole, passages of its files."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

import orjson
from tantivy import Document, Index, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from kb_index import analysis, folding, readers
from kb_index.analysis import Analysis, analyse, surfaces
from kb_index.edition import Attached, Edition
from kb_index.folding import fingerprint
from kb_index.passages import cut

VERSION = 5  # of what this file writes

QUESTION = "question"  # documents of one question each
ARTICLE = "article"  # documents of all that an article says
PASSAGE = "passage"  # documents of what attachments say: looked up as articles are, counted for theirs
FOR_ALL = "*"
OPEN, BOUNDED = "open", "bounded"  # windows: found at any time, or at some

MAX_TEXT_CHARS = 50_000  # of an article: what follows is not looked up
MAX_QUESTION_CHARS = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = -(2**62), 2**62


MARKS = (  # fields that are matched whole and never scored
    "surface",
    "readers",
    "exact",
    "pinned",
    "kind",
    "unit",
    "channel",
    "audience",
    "dimension",
    "value",
    "window",
    "category",
    "tag",
    "attribute",
    "part",
)


def schema_of_index() -> Schema:
    builder = SchemaBuilder()
    builder.add_unsigned_field("number", indexed=True, fast=True)  # of the article
    builder.add_unsigned_field("published", fast=True)  # µs; the newest pin wins
    builder.add_unsigned_field("readers_number", fast=True)
    builder.add_integer_field("from", fast=True)
    builder.add_integer_field("to", fast=True)
    builder.add_bytes_field("card", stored=True)  # what a hit is told by: a `Card` as JSON
    for part in (QUESTION, ARTICLE):  # apart: a term's rarity and a text's usual length are of one kind
        for name in ("words", "grams"):
            builder.add_text_field(f"{part}_{name}", tokenizer_name="spaced", index_option="freq")
    for name in MARKS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


@dataclass(frozen=True, slots=True)
class Card:
    """Of a document that was found: `text` is its question, or the main one of its article; `attachment` the
    file it is a passage of, which begins there `at` this character. `words` and `grams` are the terms of a
    question, with spaces between.
    """

    part: str
    article: str
    revision: int
    text: str
    attachment: str | None = None
    at: int = 0
    words: str = ""
    grams: str = ""

    @staticmethod
    def of(document: Document) -> "Card":
        return Card(*orjson.loads(bytes(document.get_first("card"))))  # pyright: ignore[reportArgumentType]  # Any


def register_analyser(index: Index) -> None:
    """On every handle, before it is used: terms are made here, and stand in the index with spaces between."""
    index.register_tokenizer("spaced", TextAnalyzerBuilder(Tokenizer.whitespace()).build())


def index_version() -> str:
    """Changes whenever an index made before would be read wrongly."""
    made_by = f"{VERSION} {folding.VERSION} {analysis.VERSION} {MARKS}"
    return blake2b(made_by.encode(), digest_size=6).hexdigest()


def number_of(article: str) -> int:
    """63 bits of a hash: a million articles meet once in ten million years of rebuilding every second."""
    return int.from_bytes(blake2b(article.encode(), digest_size=8).digest()) >> 1


def documents_of(edition: Edition) -> Iterator[Document]:
    questions = [(one, analyse(one[:MAX_QUESTION_CHARS])) for one in (edition.question, *edition.similar)]
    for text, terms in questions:
        words, grams = " ".join(terms.words), " ".join(terms.grams)
        card = Card(QUESTION, edition.article, edition.revision, text, words=words, grams=grams)
        document = _document(edition, card, terms, part=QUESTION)
        document.add_text("exact", fingerprint(text))
        _add_all(document, "surface", surfaces(text[:MAX_QUESTION_CHARS]))
        yield document
    yield _whole(edition, [terms for _, terms in questions])
    for attached in edition.attachments:
        seen = _seen_with(edition, attached)
        if seen is not None:
            yield from _passages(seen, attached)


def _whole(edition: Edition, questions: list[Analysis]) -> Document:
    body = "\n".join((*edition.answers, *edition.category, *edition.tags))
    parts = [*questions, analyse(body[:MAX_TEXT_CHARS])]
    terms = Analysis(
        words=tuple(word for part in parts for word in part.words),
        grams=tuple(gram for part in parts for gram in part.grams),
    )
    card = Card(ARTICLE, edition.article, edition.revision, edition.question)
    document = _document(edition, card, terms, part=ARTICLE)
    _add_all(document, "pinned", map(fingerprint, edition.pinned_for))
    _add_all(document, "surface", surfaces(body[:MAX_TEXT_CHARS]))
    return document


def _passages(edition: Edition, attached: Attached) -> Iterator[Document]:
    """Each alone: within the whole, a long file would drown what the article says, and itself."""
    for start, passage in cut(attached.text):
        card = Card(ARTICLE, edition.article, edition.revision, edition.question, attached.id, start)
        document = _document(edition, card, analyse(passage), part=PASSAGE)
        _add_all(document, "surface", surfaces(passage))
        yield document


def _seen_with(edition: Edition, attached: Attached) -> Edition | None:
    """For whom the file is: on the channels of both; None where they have none in common."""
    channels = attached.channels & edition.channels or attached.channels or edition.channels
    if attached.channels and edition.channels and attached.channels.isdisjoint(edition.channels):
        return None
    return replace(edition, channels=channels)


def paths_of(category: tuple[str, ...]) -> Iterator[str]:
    """A path and all above it, each as one value: a filter on a branch finds what hangs below."""
    return (path_text(category[:depth]) for depth in range(1, len(category) + 1))


def path_text(category: tuple[str, ...]) -> str:
    return "\x1f".join(category)


def shown_path(text: str) -> str:
    """A path as people read it, such as `parking/zones`; other values stay as they are."""
    return text.replace("\x1f", "/")


def value_text(name: str, value: object) -> str:
    return f"{name}\x1f{value}"


def micros(moment: datetime) -> int:
    return round((moment - _EPOCH).total_seconds() * 1_000_000)


def _document(edition: Edition, card: Card, terms: Analysis, *, part: str) -> Document:
    document = Document()
    document.add_text("part", part)
    document.add_unsigned("number", number_of(edition.article))
    document.add_bytes("card", orjson.dumps(astuple(card)))
    document.add_unsigned("published", max(0, micros(edition.published_at)))
    document.add_text(f"{card.part}_words", " ".join(terms.words))
    document.add_text(f"{card.part}_grams", " ".join(terms.grams))
    document.add_text("kind", edition.kind)
    document.add_text("unit", edition.unit)
    for_whom = readers.text_of(edition)
    document.add_text("readers", for_whom)
    document.add_unsigned("readers_number", number_of(for_whom))
    _add_all(document, "category", paths_of(edition.category))
    _add_all(document, "tag", edition.tags)
    _add_all(document, "channel", edition.channels or (FOR_ALL,))
    _add_all(document, "audience", edition.audiences or (FOR_ALL,))
    for name, values in edition.dimensions.items():
        if values:
            document.add_text("dimension", name)
            _add_all(document, "value", (value_text(name, value) for value in values))
    _add_all(document, "attribute", (value_text(name, value) for name, value in edition.attributes.items()))
    _add_window(document, edition)
    return document


def _add_window(document: Document, edition: Edition) -> None:
    since, until = edition.effective_from, edition.effective_to
    document.add_text("window", OPEN if since is until is None else BOUNDED)
    document.add_integer("from", _EARLIEST if since is None else micros(since))
    document.add_integer("to", _LATEST if until is None else micros(until))


def _add_all(document: Document, field: str, values: Iterable[str]) -> None:
    for value in values:
        document.add_text(field, value)
