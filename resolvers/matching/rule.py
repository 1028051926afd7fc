"""What a match rule is: alternative conditions, and the bundle of answers it gives when one holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from engine.flow.model import Json, JsonObject, Read
from kb_index.matching import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCondition:
    """`matched` is what the index asks. `reads` are queries whose values `when` and answers see; `when` is
    CEL over `dims` and `reads`. `given` are the dimensions as they were written.
    """

    matched: Condition
    given: JsonObject
    reads: Mapping[str, Read] = field(default_factory=dict[str, Read])
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAnswer:
    """`variables` to start it with: CEL over `dims` and `reads`."""

    flow_key: str
    variables: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    text: str


RuleAnswer: TypeAlias = ArticleAnswer | FlowAnswer | TextAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContent:
    """All that an operator writes. It holds while `effective_from` ≤ now < `effective_to`, None is open.

    `questions` and `answers` are the JSON of which `conditions` and `bundle` were read.
    """

    unit: str
    name: str
    priority: int
    questions: list[Json]
    answers: list[Json]
    conditions: tuple[RuleCondition, ...]
    bundle: tuple[RuleAnswer, ...]
    enabled: bool = True
    effective_from: datetime | None = None
    effective_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """A rule as it is stored. `uses`: coordinates of the resource fields that its reads use."""

    id: str
    version: int = 1
    content: RuleContent
    uses: frozenset[str] = frozenset()
    saved_at: datetime
    saved_by: str
