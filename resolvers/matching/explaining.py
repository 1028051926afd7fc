"""Why a rule holds, and what is missing where one nearly does: JSON for people."""

from collections.abc import Mapping, Sequence

from engine.flow.model import Json
from kb_index.matching import Asked, Found, Key, OneOf, Predicate, Range, RuleIndex, Under, judge
from kb_index.matching.texts import Terms, share_of
from resolvers.matching.compiled import CompiledRule

Why = dict[str, object]
Refusals = Mapping[int, str]  # why the expressions of a condition did not let it hold


def explain_rule(
    compiled: CompiledRule, asked: Asked, *, index: RuleIndex, refusals: Refusals, known: Mapping[str, Json]
) -> Why:
    """Every condition, under `held` or `missed`."""
    terms = None if asked.question is None else index.texts.analyse(asked.question)
    held: list[Why] = []
    missed: list[Why] = []
    for number, condition in enumerate(compiled.conditions):
        verdict = judge(condition.source.matched, asked.dimensions)
        text = _text(condition.source.matched.texts, terms, index)
        told: Why = {"condition": number, **({} if text is None else {"text": text})}
        refusal = refusals.get(number)
        if verdict.holds and refusal is None and (text is None or text["holds"]):
            told["dimensions"] = {name: known[name] for name in verdict.held}
            held.append(told | ({} if condition.source.when is None else {"when": condition.source.when}))
        else:
            told |= {"failed": list(verdict.failed), "unknown": list(verdict.unknown)}
            missed.append(told | ({} if refusal is None else {"reason": refusal}))
    return {"held": held, "missed": missed}


def explain_near(near: Sequence[Found], names: Mapping[str, str], asked: Asked) -> list[Why]:
    """Rules that miss one dimension: which one, and whether it is another or not known."""
    told: list[Why] = []
    for one in near:
        verdict = judge(one.rule.conditions[one.condition], asked.dimensions)
        told.append(
            {
                "ruleId": one.rule.id,
                "ruleName": names[one.rule.id],
                "condition": one.condition,
                "failed": list(verdict.failed),
                "unknown": list(verdict.unknown),
            }
        )
    return told


def option_of(predicate: Predicate) -> object:
    """As it is written in a rule: a value, or an object with bounds or a path."""
    match predicate:
        case OneOf(keys=keys):
            return next(iter(keys))[1]
        case Under(path=path):
            return path
        case Range(low=low, high=high, low_open=low_open, high_open=high_open):
            bounds = {("gt" if low_open else "gte"): low, ("lt" if high_open else "lte"): high}
            return {name: bound[1] for name, bound in bounds.items() if bound is not None}


def options_of(predicates: Sequence[Predicate]) -> list[object]:
    """Each once, values first, each kind in its order."""
    return [option_of(one) for one in sorted(predicates, key=_place)]


def _place(predicate: Predicate) -> tuple[int, Key]:
    match predicate:
        case OneOf(keys=keys):
            return 0, next(iter(keys))
        case Under(path=path):
            return 1, ("text", path)
        case Range():
            return 2, predicate.inside


def _text(texts: Sequence[str], terms: Terms | None, index: RuleIndex) -> Why | None:
    """The closest of a condition's texts; None where it has none."""
    if not texts:
        return None
    scores = {text: share_of(index.texts.analyse(text), terms or {}) for text in texts}
    closest = max(scores, key=scores.__getitem__)
    holds = index.texts.is_close(scores[closest])
    return {"closest": closest, "score": round(scores[closest], 4), "holds": holds}
