"""Match rules compiled into sets: what is known finds the rules that hold, and reads no others."""

from kb_index.matching.asking import Question
from kb_index.matching.index import Found, Look, RuleIndex
from kb_index.matching.overlaps import Overlap, Relation, overlaps_of
from kb_index.matching.predicates import OneOf, Predicate, Range, Under
from kb_index.matching.rules import Asked, Condition, Rank, Rule, Verdict, judge
from kb_index.matching.texts import Analyse, Terms
from kb_index.matching.values import Key, Value, key_of

__all__ = [
    "Analyse",
    "Asked",
    "Condition",
    "Found",
    "Key",
    "Look",
    "OneOf",
    "Overlap",
    "Predicate",
    "Question",
    "Range",
    "Rank",
    "Relation",
    "Rule",
    "RuleIndex",
    "Terms",
    "Under",
    "Value",
    "Verdict",
    "judge",
    "key_of",
    "overlaps_of",
]
