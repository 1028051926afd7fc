"""What is wrong with an article: everything at once, each with the place it stands at."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import orjson

from engine.problem import Problem, Severity
from resolvers.knowledge.access import MAX_DIMENSIONS, is_dimension_value
from resolvers.knowledge.article import ArticleAnswer, ArticleContent
from resolvers.knowledge.markup import FORMATS, attributes_used, has_attribute

MAX_QUESTION = 500  # characters; a longer one is an answer
MAX_SIMILAR = 1_000
MAX_ANSWERS = 100  # channels times languages
MAX_BODY = 100_000  # characters
MAX_NAME = 100  # characters of a tag, channel, audience, category, dimension
MAX_NAMES = 100
MAX_JSON_BYTES = 100_000  # of attributes, and of dimensions
MAX_PROBLEMS = 50  # nobody reads more at once

Check = Callable[[ArticleContent], Iterator[Problem]]


def check_content(content: ArticleContent) -> list[Problem]:
    """Errors make it no article; warnings are told and let be."""
    return [problem for check in CHECKS for problem in check(content)][:MAX_PROBLEMS]


def error(code: str, path: str, message: str) -> Problem:
    return Problem(code=code, path=path, message=message)


def warning(code: str, path: str, message: str) -> Problem:
    return Problem(code=code, path=path, message=message, severity=Severity.WARNING)


def _questions(content: ArticleContent) -> Iterator[Problem]:
    texts = {"question": content.question}
    texts |= {f"similar[{nth}]": text for nth, text in enumerate(content.similar)}
    texts |= {f"pinnedFor[{nth}]": text for nth, text in enumerate(content.pinned_for)}
    for path, text in texts.items():
        if not text.strip():
            yield error("TEXT_MISSING", path, "is empty: write the question as people ask it")
        elif len(text) > MAX_QUESTION:
            yield error("TEXT_TOO_LONG", path, f"has more than {MAX_QUESTION} characters")
    yield from _bounded("similar", content.similar, MAX_SIMILAR)
    yield from _bounded("pinnedFor", content.pinned_for, MAX_NAMES)


def _answers(content: ArticleContent) -> Iterator[Problem]:
    yield from _bounded("answers", content.answers, MAX_ANSWERS)
    for nth, answer in enumerate(content.answers):
        path = f"answers[{nth}]"
        if answer.format not in FORMATS:
            known = ", ".join(FORMATS)
            yield error("FORMAT_UNKNOWN", f"{path}.format", f"is {answer.format!r}: write one of {known}")
        if not answer.body.strip() and answer.flow_key is None:
            yield error("TEXT_MISSING", f"{path}.body", "is empty: write an answer, or name a flow")
        if len(answer.body) > MAX_BODY:
            yield error("TEXT_TOO_LONG", f"{path}.body", f"has more than {MAX_BODY} characters")
        yield from _bounded(f"{path}.attachments", answer.attachments, MAX_NAMES)
        yield from _names(f"{path}", [one for one in (answer.channel, answer.language) if one is not None])
        yield from _placeholders(content, answer, path)
    places = Counter((one.channel, one.language) for one in content.answers)
    for channel, language in (place for place, count in places.items() if count > 1):
        which = f"the channel {channel or 'of all'} and the language {language or 'of all'}"
        yield error("ANSWER_TWICE", "answers", f"has two answers for {which}: keep one")


def _placeholders(content: ArticleContent, answer: ArticleAnswer, path: str) -> Iterator[Problem]:
    for name in attributes_used(answer.body):
        if not has_attribute(content.attributes, name):
            told = f"fills in attributes.{name}, which the article does not have"
            yield warning("ATTRIBUTE_MISSING", f"{path}.body", told)


def _lists(content: ArticleContent) -> Iterator[Problem]:
    lists = {
        "category": content.category,
        "tags": content.tags,
        "channels": content.channels,
        "audiences": content.audiences,
        "related": content.related,
    }
    for path, names in lists.items():
        yield from _bounded(path, names, MAX_NAMES)
        yield from _names(path, names)
    if any("/" in step for step in content.category):
        yield error("NAME_INVALID", "category", "has a '/' in a step: give each step as an entry of its own")


def _dimensions(content: ArticleContent) -> Iterator[Problem]:
    yield from _bounded("dimensions", tuple(content.dimensions), MAX_DIMENSIONS)
    yield from _names("dimensions", list(content.dimensions))
    for name, value in content.dimensions.items():
        if not is_dimension_value(value):
            told = "is neither a text, a number, true or false, nor a list of them"
            yield error("DIMENSION_INVALID", f"dimensions.{name}", told)
    for path, value in (("dimensions", content.dimensions), ("attributes", content.attributes)):
        if len(orjson.dumps(value)) > MAX_JSON_BYTES:
            yield error("TEXT_TOO_LONG", path, f"has more than {MAX_JSON_BYTES} bytes")


def _bounded(path: str, entries: Sequence[object], most: int) -> Iterator[Problem]:
    if len(entries) > most:
        yield error("TOO_MANY", path, f"has more than {most} entries")


def _names(path: str, names: Sequence[str]) -> Iterator[Problem]:
    if not all(name.strip() and len(name) <= MAX_NAME for name in names):
        yield error("NAME_INVALID", path, f"has a name that is empty or longer than {MAX_NAME} characters")


CHECKS: Sequence[Check] = (_questions, _answers, _lists, _dimensions)
