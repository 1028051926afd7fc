"""What matching may refuse, each class saying when.

Refusal
├── RuleInvalid    a rule has problems that forbid saving it
├── RuleContended  other writers of the rule won every time
├── RuleNotFound   there is none with this id, or the caller may not know of it
└── CaseNotFound   there is none with this id, or it is somebody else's
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.problem import Problem
from resolvers.errors import Refusal

MAX_LISTED = 100  # problems in one error


class RuleInvalid(Refusal):
    code = "RULE_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"The rule was not saved: {first.path or 'rule'}: {first.message}{more}.")
        self.problems = tuple(problems)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"problems": [asdict(problem) for problem in self.problems[:MAX_LISTED]]}


class RuleNotFound(Refusal):
    code = "RULE_NOT_FOUND"

    def __init__(self, *, rule: str) -> None:
        super().__init__(f"There is no match rule {rule!r}: see matchRules.")
        self.rule = rule

    @property
    def facts(self) -> Mapping[str, object]:
        return {"ruleId": self.rule}


class RuleContended(Refusal):
    code = "RULE_CONTENDED"

    def __init__(self, *, rule: str) -> None:
        super().__init__(f"Others changed the match rule {rule!r} all the while: try again.")


class CaseNotFound(Refusal):
    code = "CASE_NOT_FOUND"

    def __init__(self, *, case: str) -> None:
        super().__init__(f"There is no case {case!r}, or it is not yours.")
        self.case = case

    @property
    def facts(self) -> Mapping[str, object]:
        return {"caseId": self.case}
