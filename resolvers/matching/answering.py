"""Match: from what is known of a case to ranked solutions, why, and what to ask next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from engine.flow.model import Json
from kb_index.matching import Asked, Key, Rank, key_of
from resolvers.context import Context
from resolvers.errors import InputInvalid
from resolvers.knowledge.access import Scope, sight_of
from resolvers.matching.bundles import Item, items_of
from resolvers.matching.compiled import CompiledRule
from resolvers.matching.evaluating import Asker, Candidate, Outcome, evaluate
from resolvers.matching.explaining import Why, explain_near, explain_rule, options_of
from resolvers.matching.fallback import find_articles
from resolvers.matching.reading import MAX_DIMENSIONS
from resolvers.matching.recorder import MatchEntry

MAX_FIRST = 50
MAX_CANDIDATES = 100  # rules whose fields are read and whose answers are looked at, the first in their order
MAX_NEAR = 5
MAX_QUESTION = 2_000  # characters; a longer one is a document
MAX_CASE = 200  # characters of a case id: it is a key of indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchGiven:
    question: str | None = None
    dimensions: Mapping[str, object] = field(default_factory=dict[str, object])
    scope: Scope = field(default_factory=Scope)
    case_id: str | None = None
    first: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """`rule` is None for what the search found."""

    rule: CompiledRule | None
    score: float
    items: Sequence[Item]
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """`ask` is the dimension to ask for next, `options` what would decide; `near` are rules of the caller's
    units that miss one dimension.
    """

    case_id: str
    solutions: Sequence[Solution]
    ask: str | None
    options: Sequence[object]
    near: Sequence[Why]


async def match_solutions(context: Context, given: MatchGiven) -> Matched:
    """Raises `InputInvalid`."""
    matching = _Matching(context, given)
    solutions = await matching.solve()
    matching.look_again()
    ask, options = matching.question()
    near = matching.near()
    if solutions and near:
        solutions[0].why["nearMisses"] = near
    matching.record(solutions)
    return Matched(case_id=matching.case_id, solutions=solutions, ask=ask, options=options, near=near)


class _Matching:
    """One question on its way."""

    def __init__(self, context: Context, given: MatchGiven) -> None:
        _check(given)
        services = context.matching
        self.context = context
        self.given = given
        self.case_id = given.case_id or services.new_id()
        self.known = _known(context, given)
        self.scope = _scope(given, self.known)
        self.sight = sight_of(context.principal, self.scope, now=services.now())
        self.asked = Asked(
            dimensions={name: _key(value) for name, value in self.known.items()},
            question=given.question,
            at=given.scope.at or services.now(),
            units=self.sight.units,
        )
        self.book = services.keeper.book  # one state for the whole question, whatever is saved meanwhile
        self.look, self.revision = self.book.index.look(self.asked), self.book.index.revision
        self.first: Rank | None = None

    async def solve(self) -> list[Solution]:
        candidates = self._candidates()
        asker = Asker(subject=self.context.principal.subject, case_id=self.case_id)
        outcomes = await evaluate(candidates, self.known, reads=self.context.matching.reads, asker=asker)
        holding, refusals = _holding(candidates, outcomes)
        solutions: list[Solution] = []
        for one, outcome in holding:
            items = await items_of(
                self.context, one.compiled, self._bindings(outcome), sight=self.sight, case_id=self.case_id
            )
            if not items:
                continue
            self.first = self.first or one.rank
            solutions.append(self._solution(one, items, refusals.get(one.compiled.rule.id, {})))
            if len(solutions) == self.given.first:
                break
        return solutions or await self._searched()

    def look_again(self) -> None:
        """A rule may have been saved while fields were read."""
        if self.revision != self.book.index.revision:
            self.look, self.revision = self.book.index.look(self.asked), self.book.index.revision

    def question(self) -> tuple[str | None, Sequence[object]]:
        question = self.book.index.ask(self.look, self.asked, above=self.first)
        return (None, ()) if question is None else (question.dimension, options_of(question.options))

    def near(self) -> Sequence[Why]:
        """Told to those who work for a unit: an end user learns of no rule that does not answer it."""
        if not self.context.principal.units:
            return ()
        near = self.book.index.nearest(self.look, limit=MAX_NEAR)
        names = {one.rule.id: self.book.rules[one.rule.id].record.content.name for one in near}
        return explain_near(near, names, self.asked)

    def record(self, solutions: Sequence[Solution]) -> None:
        services = self.context.matching
        rules = [one.rule for one in solutions if one.rule is not None]
        first = rules[0] if rules else None
        services.recorder.record(
            MatchEntry(
                id=services.new_id(),
                case_id=self.case_id,
                at=services.now(),
                by=self.context.principal.subject,
                units=tuple(sorted({one.rule.unit for one in rules})),
                question=self.given.question,
                dimensions=self.known,
                rule_id=first.rule.id if first else None,
                rule_name=first.record.content.name if first else None,
                score=solutions[0].score if solutions else 0.0,
                given=tuple(one.rule.id for one in rules),
            )
        )

    def _candidates(self) -> list[Candidate]:
        """All conditions that hold of the first rules: where one's expression refuses, the next may hold."""
        index = self.book.index
        return [
            Candidate(compiled=self.book.rules[one.rule.id], number=one.condition, rank=one.rank)
            for rule in index.best(self.look, limit=MAX_CANDIDATES)
            for one in index.alternatives(self.look, rule.rule.id)
        ]

    def _solution(self, one: Candidate, items: Sequence[Item], refusals: Mapping[int, str]) -> Solution:
        why = explain_rule(
            one.compiled, self.asked, index=self.book.index, refusals=refusals, known=self.known
        )
        return Solution(rule=one.compiled, score=min(1.0, -one.rank.text_score), items=items, why=why)

    def _bindings(self, outcome: Outcome) -> Mapping[str, object]:
        return {"dims": self.known, "reads": outcome.reads}

    async def _searched(self) -> list[Solution]:
        """Where no rule holds: articles, at most half as sure."""
        if not self.given.question:
            return []
        found = await find_articles(self.context, self.given.question, self.scope, first=self.given.first)
        return [Solution(rule=None, score=one.score, items=(one.item,), why=one.why) for one in found]


def _holding(
    candidates: Sequence[Candidate], outcomes: Sequence[Outcome]
) -> tuple[list[tuple[Candidate, Outcome]], dict[str, dict[int, str]]]:
    """The best condition that holds of each rule, in order, and why others did not."""
    best: dict[str, tuple[Candidate, Outcome]] = {}
    refusals: dict[str, dict[int, str]] = {}
    for one, outcome in zip(candidates, outcomes, strict=True):
        rule = one.compiled.rule.id
        if outcome.refused is not None:
            refusals.setdefault(rule, {})[one.number] = outcome.refused
        elif rule not in best:
            best[rule] = (one, outcome)
    return sorted(best.values(), key=lambda pair: pair[0].rank), refusals


# ---------------------------------------------------------------------- what is known
def _check(given: MatchGiven) -> None:
    if not 1 <= given.first <= MAX_FIRST:
        raise InputInvalid(argument="first", reason=f"is a number from 1 to {MAX_FIRST}")
    if given.question is not None and len(given.question) > MAX_QUESTION:
        raise InputInvalid(argument="question", reason=f"has at most {MAX_QUESTION} characters")
    if given.case_id is not None and not 0 < len(given.case_id) <= MAX_CASE:
        raise InputInvalid(argument="caseId", reason=f"has 1 to {MAX_CASE} characters")
    for name, named in (("dimensions", given.dimensions), ("scope.dimensions", given.scope.dimensions)):
        if len(named) > MAX_DIMENSIONS:
            raise InputInvalid(argument=name, reason=f"names at most {MAX_DIMENSIONS} dimensions")


def _known(context: Context, given: MatchGiven) -> dict[str, Json]:
    """`dimensions` win over those of the scope; channel and audience are dimensions like any other."""
    scope = given.scope
    known: dict[str, Json] = {
        "channel": context.principal.channel or scope.channel,
        "audience": scope.audience,
    }
    for place, named in (("scope.dimensions", scope.dimensions), ("dimensions", given.dimensions)):
        known |= {name: _value(value, f"{place}.{name}") for name, value in named.items()}
    return {name: value for name, value in known.items() if value is not None}


def _value(value: object, argument: str) -> Json:
    """A list with one value is that value. Raises `InputInvalid` for what is no value."""
    if isinstance(value, list):
        members = cast("list[object]", value)
        if len(members) > 1:
            raise InputInvalid(argument=argument, reason="names several values: name the one that is known")
        value = members[0] if members else None
    if value is not None and key_of(value) is None:
        raise InputInvalid(argument=argument, reason="is a text, a number or a boolean")
    return cast("Json", value)  # just looked at


def _key(value: Json) -> Key:
    key = key_of(value)
    assert key is not None, "a value that is known is a text, a number or a boolean"
    return key


def _scope(given: MatchGiven, known: Mapping[str, Json]) -> Scope:
    """Articles are cut to what is known, as rules are."""
    channel = known.get("channel")
    own = channel if isinstance(channel, str) else None
    return replace(given.scope, channel=given.scope.channel or own, dimensions=known)
