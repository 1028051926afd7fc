"""Which candidates hold, once the fields they read are known: all reads of all candidates in one plan a unit.

What is read is seen by the unit whose rule it is, so each unit's reads run as its own service.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from engine.expr import ExprFault
from engine.flow.model import Call, Json, JsonObject
from engine.flow.ports import CallFailed, OnBehalf
from kb_index.matching import Rank
from resolvers.matching.compiled import CompiledCondition, CompiledRead, CompiledRule
from resolvers.matching.ports import RuleReads

Known = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A condition whose dimensions and texts hold."""

    compiled: CompiledRule
    number: int
    rank: Rank

    @property
    def condition(self) -> CompiledCondition:
        return self.compiled.conditions[self.number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What its expressions said: it holds, or `refused` says why not. `reads` are the values it read."""

    reads: Mapping[str, object] = field(default_factory=dict[str, object])
    refused: str | None = None


HOLDS = Outcome()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """For whom fields are read."""

    subject: str
    case_id: str


async def evaluate(
    candidates: Sequence[Candidate], known: Known, *, reads: RuleReads, asker: Asker
) -> list[Outcome]:
    """In the order of the candidates. Raises nothing: what fails does not hold."""
    results = await _read_all(candidates, known, reads, asker)
    return [
        HOLDS if one.condition.is_plain else _outcome(one.condition, known, results, one.compiled.rule.unit)
        for one in candidates
    ]


Asked = tuple[str, str, str]  # the unit, the query, its variables as JSON
Results = Mapping[Asked, JsonObject | CallFailed]


async def _read_all(candidates: Sequence[Candidate], known: Known, reads: RuleReads, asker: Asker) -> Results:
    """Reads that are alike are made once."""
    wanted: dict[str, dict[Asked, tuple[Call, JsonObject]]] = {}
    for one in candidates:
        for read in one.condition.reads:
            variables = _variables(read, known)
            if not isinstance(variables, str):
                asked = _asked(one.compiled.rule.unit, read, variables)
                wanted.setdefault(one.compiled.rule.unit, {})[asked] = (read.call, variables)
    answers = await asyncio.gather(
        *(_read_of_unit(unit, calls, reads, asker) for unit, calls in wanted.items())
    )
    return {asked: result for results in answers for asked, result in results.items()}


async def _read_of_unit(
    unit: str, calls: Mapping[Asked, tuple[Call, JsonObject]], reads: RuleReads, asker: Asker
) -> Results:
    """By short names in the order of their texts: the same reads make the same operation, planned once."""
    listed = sorted(calls)
    named = {f"r{number}": calls[asked] for number, asked in enumerate(listed)}
    on_behalf = OnBehalf(unit=unit, owner=asker.subject, case_id=asker.case_id)
    results = await reads.read_each(named, on_behalf=on_behalf)
    return {asked: results[f"r{number}"] for number, asked in enumerate(listed)}


def _outcome(condition: CompiledCondition, known: Known, results: Results, unit: str) -> Outcome:
    values: dict[str, object] = {}
    for read in condition.reads:
        variables = _variables(read, known)
        if isinstance(variables, str):
            return Outcome(reads=values, refused=f"reads.{read.name}: {variables}")
        result = results[_asked(unit, read, variables)]
        if isinstance(result, CallFailed):
            return Outcome(reads=values, refused=f"reads.{read.name}: {result.code}")
        try:
            values[read.name] = read.value.evaluate({"result": result})
        except ExprFault as fault:
            return Outcome(reads=values, refused=f"reads.{read.name}: {fault}")
    return Outcome(reads=values, refused=_refusal(condition, known, values))


def _refusal(condition: CompiledCondition, known: Known, values: Mapping[str, object]) -> str | None:
    if condition.when is None:
        return None
    try:
        holds = condition.when.holds({"dims": known, "reads": values})
    except ExprFault as fault:
        return f"when: {fault}"
    return None if holds else "when: does not hold"


def _variables(read: CompiledRead, known: Known) -> dict[str, Json] | str:
    """The query's variables, or why there are none."""
    values: dict[str, object] = {}
    for name, expression in read.variables.items():
        try:
            values[name] = expression.evaluate({"dims": known})
        except ExprFault as fault:
            return f"variables.{name}: {fault}"
    return values  # type: ignore[return-value]  # an expression gives JSON


def _asked(unit: str, read: CompiledRead, variables: JsonObject) -> Asked:
    return unit, read.call.query, orjson.dumps(variables, option=orjson.OPT_SORT_KEYS).decode()
