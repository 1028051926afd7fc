"""An article as one JSON object with the names of `ArticleInput`: what is exported, and read again."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar, cast

from engine.problem import Problem, Severity
from resolvers.knowledge.article import ArticleAnswer, ArticleContent, ArticleKind
from resolvers.knowledge.checking import error

LISTS: Mapping[str, str] = {
    "similar": "similar",
    "category": "category",
    "tags": "tags",
    "channels": "channels",
    "audiences": "audiences",
    "related": "related",
    "pinnedFor": "pinned_for",
}
OBJECTS = ("attributes", "dimensions")
NAMES = ("id", "expectedRevision", "kind", "unit", "question", "answers", *LISTS, *OBJECTS)
ANSWER_NAMES = ("channel", "language", "format", "body", "attachments", "flowKey")

JsonObject = Mapping[str, object]
T = TypeVar("T")


def to_json(article: str, *, unit: str, content: ArticleContent) -> dict[str, object]:
    """All of it, in the order of the columns."""
    return {
        "id": article,
        "kind": content.kind.value,
        "unit": unit,
        "question": content.question,
        "similar": list(content.similar),
        "answers": [answer_to_json(one) for one in content.answers],
        "attributes": dict(content.attributes),
        "category": list(content.category),
        "tags": list(content.tags),
        "channels": list(content.channels),
        "audiences": list(content.audiences),
        "dimensions": dict(content.dimensions),
        "related": list(content.related),
        "pinnedFor": list(content.pinned_for),
    }


def answer_to_json(answer: ArticleAnswer) -> dict[str, object]:
    """Without what is as it is by itself."""
    told: dict[str, object] = {"format": answer.format, "body": answer.body}
    if answer.channel is not None:
        told["channel"] = answer.channel
    if answer.language is not None:
        told["language"] = answer.language
    if answer.attachments:
        told["attachments"] = list(answer.attachments)
    if answer.flow_key is not None:
        told["flowKey"] = answer.flow_key
    return told


class ObjectReader:
    """Reads values by name and gathers what is wrong with them; null is as if it were not there."""

    def __init__(self, given: JsonObject, *, at: str = "") -> None:
        self._given = given
        self._at = at
        self.problems: list[Problem] = []

    def text(self, name: str, default: str) -> str:
        return self._value(name, default, _is_text, "is not a text")

    def optional_text(self, name: str) -> str | None:
        return self._value(name, None, _is_text, "is not a text") or None

    def number(self, name: str) -> int | None:
        return self._value(name, None, _is_number, "is not a whole number")

    def texts(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        return tuple(self._value(name, default, _is_texts, "is not a list of texts"))

    def json_object(self, name: str, default: JsonObject) -> JsonObject:
        return self._value(name, default, _is_object, "is not an object")

    def json_objects(self, name: str) -> list[JsonObject]:
        return list(self._value(name, [], _is_objects, "is not a list of objects"))

    def kind(self, default: ArticleKind) -> ArticleKind:
        name = self.text("kind", default.value)
        if name not in list(ArticleKind):
            known = ", ".join(ArticleKind)
            self.problems.append(error("KIND_UNKNOWN", "kind", f"is {name!r}: write one of {known}"))
            return default
        return ArticleKind(name)

    def know(self, names: tuple[str, ...]) -> None:
        """Tell of names that are none."""
        for name in self._given:
            if name not in names:
                self.problems.append(unknown_name(f"{self._at}{name}", names, severity=Severity.ERROR))

    def _value(self, name: str, default: T, fits: Callable[[object], bool], fault: str) -> T:
        value = self._given.get(name)
        if value is None:
            return default
        if not fits(value):
            self.problems.append(error("VALUE_TYPE", f"{self._at}{name}", fault))
            return default
        return cast("T", value)  # `fits` has looked


def content_of_json(
    given: JsonObject, before: ArticleContent | None = None
) -> tuple[ArticleContent, list[Problem]]:
    """The content, and what cannot be read of it. What is not named is as it was `before`."""
    old = before or ArticleContent(question="")
    reader = ObjectReader(given)
    reader.know(NAMES)
    problems: list[Problem] = []
    answers = old.answers
    if given.get("answers") is not None:
        read = [_answer_of(one, f"answers[{nth}].") for nth, one in enumerate(reader.json_objects("answers"))]
        answers = tuple(answer for answer, _ in read)
        problems = [problem for _, found in read for problem in found]
    content = ArticleContent(
        kind=reader.kind(old.kind),
        question=reader.text("question", old.question),
        answers=answers,
        attributes=reader.json_object("attributes", old.attributes),
        dimensions=reader.json_object("dimensions", old.dimensions),
        **{field: reader.texts(name, getattr(old, field)) for name, field in LISTS.items()},
    )
    return content, [*reader.problems, *problems]


def unknown_name(path: str, names: tuple[str, ...], *, severity: Severity) -> Problem:
    near = get_close_matches(path.rpartition(".")[2], names, n=1)
    return Problem(
        code="NAME_UNKNOWN",
        severity=severity,
        path=path,
        message="is not a name of an article",
        suggestion=f"did you mean {near[0]}?" if near else None,
    )


def _answer_of(given: JsonObject, at: str) -> tuple[ArticleAnswer, list[Problem]]:
    reader = ObjectReader(given, at=at)
    reader.know(ANSWER_NAMES)
    answer = ArticleAnswer(
        channel=reader.optional_text("channel"),
        language=reader.optional_text("language"),
        format=reader.text("format", "markdown"),
        body=reader.text("body", ""),
        attachments=reader.texts("attachments"),
        flow_key=reader.optional_text("flowKey"),
    )
    return answer, reader.problems


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return type(value) is int


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in cast("list[object]", value))


def _is_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in cast("list[object]", value))
