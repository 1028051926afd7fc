"""A rule from what an operator wrote, and everything in it that cannot be read. Nothing here raises.

Dimensions are data: what looks like an operator of some store is refused where an operator could stand, and
is a name like any other elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import orjson

from engine.access import ANY
from engine.expr.nodes import Node
from engine.flow.checks.nulls import guarded_paths
from engine.flow.checks.reading_expressions import parsed, reads_in
from engine.flow.fields import Fields, Problems, kind_of
from engine.flow.json_bounds import find_excess
from engine.flow.model import Json, JsonObject, Read
from kb_index.matching import Condition, Key, OneOf, Predicate, Range, Under, key_of
from resolvers.matching.rule import (
    ArticleAnswer,
    FlowAnswer,
    RuleAnswer,
    RuleCondition,
    RuleContent,
    TextAnswer,
)

MAX_NAME = 200  # characters of a rule's name, a dimension's name
MAX_CONDITIONS = 100
MAX_DIMENSIONS = 50  # of a condition, and of what is asked
MAX_VALUES = 1_000  # in a one-of list
MAX_TEXTS = 200
MAX_TEXT = 500  # characters of a text; a longer one is no question
MAX_READS = 20
MAX_ANSWERS = 50
PRIORITIES = range(-1_000_000, 1_000_001)
BOUNDS = {"gte": "low", "gt": "low", "lte": "high", "lt": "high"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGiven:
    """A rule as it comes in, from the API or a file."""

    unit: str
    name: str
    questions: Sequence[Mapping[str, object]]
    answers: Sequence[Mapping[str, object]]
    priority: int = 0
    enabled: bool = True
    effective_from: datetime | None = None
    effective_to: datetime | None = None


def read_rule(given: RuleGiven, problems: Problems) -> RuleContent | None:
    """None where a part is no JSON of a bearable size; what else is wrong is said and left out."""
    raw = {"questions": [*given.questions], "answers": [*given.answers]}
    excess = find_excess(raw)
    if excess is not None:
        problems.add(excess[0], excess[1].replace("the model", "the rule"), None)
        return None
    questions = cast("list[Json]", _without_nulls(raw["questions"]))  # just found to be JSON
    answers = cast("list[Json]", _without_nulls(raw["answers"]))
    _check_frame(given, problems)
    return RuleContent(
        unit=given.unit,
        name=given.name,
        priority=given.priority,
        questions=questions,
        answers=answers,
        conditions=tuple(_condition(fields) for fields in _entries(questions, "questions", problems)),
        bundle=tuple(
            answer for fields in _entries(answers, "answers", problems) if (answer := _answer(fields))
        ),
        enabled=given.enabled,
        effective_from=given.effective_from,
        effective_to=given.effective_to,
    )


def _check_frame(given: RuleGiven, problems: Problems) -> None:
    if not 0 < len(given.name.strip()) <= MAX_NAME:
        problems.add("NAME_INVALID", f"a rule has a name of 1 to {MAX_NAME} characters", "name")
    if given.priority not in PRIORITIES:
        problems.add("OUT_OF_RANGE", "'priority' is from -1,000,000 to 1,000,000", "priority")
    dates = (given.effective_from, given.effective_to)
    if None not in dates and dates[0] >= dates[1]:  # type: ignore[operator]  # neither is None
        problems.add("DATES_INVALID", "a rule ends after it begins", "effectiveTo")
    for name, listed, most in (
        ("questions", given.questions, MAX_CONDITIONS),
        ("answers", given.answers, MAX_ANSWERS),
    ):
        if not 0 < len(listed) <= most:
            problems.add("COUNT_INVALID", f"a rule has 1 to {most} {name}", name)


def _entries(listed: list[Json], name: str, problems: Problems) -> Iterator[Fields]:
    for number, entry in enumerate(listed):
        if isinstance(entry, dict):
            yield Fields(entry, f"{name}/{number}", problems)
        else:
            problems.add("WRONG_TYPE", f"this is an object, not {kind_of(entry)}", f"{name}/{number}")


# ---------------------------------------------------------------------- conditions
def _condition(fields: Fields) -> RuleCondition:
    texts = fields.texts("texts") or ()
    given = fields.free("dimensions") or {}
    reads = fields.reads("reads")
    when = fields.text("when")
    fields.close()
    if len(texts) > MAX_TEXTS or any(len(text) > MAX_TEXT for text in texts):
        message = f"a condition has at most {MAX_TEXTS} texts of {MAX_TEXT} characters"
        fields.report("COUNT_INVALID", message, "texts")
    if len(reads) > MAX_READS:
        fields.report("COUNT_INVALID", f"a condition has at most {MAX_READS} reads", "reads")
    matched = Condition(
        dimensions=_dimensions(given, Fields(given, fields.at("dimensions"), fields.problems)),
        texts=texts,
        guarded=when is not None or bool(reads),
        requires=_required(reads, when),
    )
    return RuleCondition(matched=matched, given=given, reads=reads, when=when)


def _dimensions(given: JsonObject, fields: Fields) -> dict[str, Predicate]:
    if len(given) > MAX_DIMENSIONS:
        fields.problems.add("COUNT_INVALID", f"at most {MAX_DIMENSIONS} dimensions are named", fields.path)
    found: dict[str, Predicate] = {}
    for name, value in given.items():
        if not 0 < len(name) <= MAX_NAME:
            fields.report("NAME_INVALID", f"a dimension's name has 1 to {MAX_NAME} characters", name[:50])
            continue
        predicate = _predicate(value, fields, name)
        if predicate is not None:
            found[name] = predicate
    return found


def _predicate(value: Json, fields: Fields, name: str) -> Predicate | None:
    """None asks nothing: all values, those that are not known too."""
    if isinstance(value, dict):
        return _object(value, fields, name)
    values = value if isinstance(value, list) else [value]
    if value is None or values == [] or ANY in values:
        return None
    keys = [key_of(one) for one in values]
    if None in keys or len(keys) > MAX_VALUES:
        fields.report("WRONG_TYPE", f"{name!r} is a text, a number, a boolean or a list of these", name)
        return None
    return OneOf(frozenset(key for key in keys if key is not None))


def _object(value: dict[str, Json], fields: Fields, name: str) -> Predicate | None:
    if value.keys() == {"under"} and isinstance(value["under"], str) and value["under"].strip("/"):
        return Under(value["under"].rstrip("/"))
    bounds = {key: key_of(bound) for key, bound in value.items() if key in BOUNDS}
    sides = [BOUNDS[key] for key in bounds]
    if not bounds or len(bounds) < len(value) or len(set(sides)) < len(sides):
        message = f"{name!r} takes gte or gt, lte or lt, or under with a path; nothing else is an operator"
        fields.report("OPERATOR_UNKNOWN", message, name)
        return None
    kinds = {key[0] if key is not None else None for key in bounds.values()}
    if len(kinds) > 1 or not kinds <= {"number", "text"}:
        fields.report("WRONG_TYPE", f"the bounds of {name!r} are both numbers or both texts", name)
        return None
    span = _range(cast("dict[str, Key]", bounds))  # none is None: said above
    if not span.holds(span.inside):
        fields.report("RANGE_EMPTY", f"no value of {name!r} lies between these bounds", name)
        return None
    return span


def _range(bounds: Mapping[str, Key]) -> Range:
    return Range(
        low=bounds.get("gte", bounds.get("gt")),
        high=bounds.get("lte", bounds.get("lt")),
        low_open="gt" in bounds,
        high_open="lt" in bounds,
    )


def _required(reads: Mapping[str, Read], when: str | None) -> frozenset[str]:
    """Dimensions without which an expression of the condition says nothing."""
    sources = [source for read in reads.values() for source in read.call.variables.values()]
    nodes = [parsed(source) for source in (*sources, *([when] if when else []))]
    return frozenset(name for node in nodes if node is not None for name in dimensions_in(node))


def dimensions_in(node: Node) -> Iterator[str]:
    """The dimensions that an expression reads and does not ask about before."""
    guarded = {path[1] for path in guarded_paths(node) if path[0] == "dims" and len(path) > 1}
    for path, _ in reads_in(node):
        if path[0] == "dims" and len(path) > 1 and path[1] not in guarded:
            yield path[1]


# ---------------------------------------------------------------------- answers
def _answer(fields: Fields) -> RuleAnswer | None:
    article, flow, text = fields.text("articleId"), fields.text("flowKey"), fields.text("text")
    variables = fields.free("variables") or {}
    fields.close()
    if sum(one is not None for one in (article, flow, text)) != 1:
        fields.problems.add("ANSWER_INVALID", "name one of articleId, flowKey and text", fields.path)
        return None
    if variables and flow is None:
        fields.report("ANSWER_INVALID", "only a flow takes variables", "variables")
    if article is not None:
        return ArticleAnswer(article=article)
    if flow is not None:
        return FlowAnswer(flow_key=flow, variables={key: _source(one) for key, one in variables.items()})
    return TextAnswer(text=text or "")


def _source(value: Json) -> str:
    """A text is an expression; anything else is itself, which JSON writes as CEL does."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _without_nulls(listed: object) -> object:
    """Keys of entries that are null are left out: they are as if not given."""
    entries = cast("list[object]", listed)
    return [
        {key: value for key, value in cast("dict[str, object]", one).items() if value is not None}
        if isinstance(one, dict)
        else one
        for one in entries
    ]
