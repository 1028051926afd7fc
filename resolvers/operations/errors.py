"""What registering operations may refuse.

Refusal
└── OperationsInvalid    operations of a list do not run on what is published
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.problem import Problem
from resolvers.errors import Refusal

MAX_LISTED = 100  # problems in one error


class OperationsInvalid(Refusal):
    code = "OPERATIONS_INVALID"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"Nothing was registered: {first.path}: {first.message}{more}")
        self.problems = tuple(problems)

    @property
    def facts(self) -> Mapping[str, object]:
        return {"problems": [asdict(problem) for problem in self.problems[:MAX_LISTED]]}
