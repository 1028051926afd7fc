"""A rule that can be asked: its conditions for the index, its expressions compiled."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.expr import ANY, Expression, compile_expression
from engine.flow.model import Call
from kb_index.matching import Rule
from resolvers.matching.rule import FlowAnswer, RuleAnswer, RuleCondition, RuleRecord

SCOPE = ("dims", "reads")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRead:
    name: str
    call: Call
    variables: Mapping[str, Expression]
    value: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCondition:
    source: RuleCondition
    reads: tuple[CompiledRead, ...]
    when: Expression | None

    @property
    def is_plain(self) -> bool:
        """Whether the index alone says that it holds."""
        return self.when is None and not self.reads


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledAnswer:
    """`variables` are those of a flow."""

    source: RuleAnswer
    variables: Mapping[str, Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledRule:
    record: RuleRecord
    rule: Rule
    conditions: tuple[CompiledCondition, ...]
    answers: tuple[CompiledAnswer, ...]


def compile_rule(record: RuleRecord) -> CompiledRule:
    """Raises ValueError for an expression that checking refuses."""
    content = record.content
    return CompiledRule(
        record=record,
        rule=Rule(
            id=record.id,
            unit=content.unit,
            priority=content.priority,
            conditions=tuple(condition.matched for condition in content.conditions),
            opens=content.effective_from,
            closes=content.effective_to,
        ),
        conditions=tuple(_condition(condition) for condition in content.conditions),
        answers=tuple(_answer(answer) for answer in content.bundle),
    )


def _condition(condition: RuleCondition) -> CompiledCondition:
    reads = tuple(
        CompiledRead(
            name=name,
            call=Call(query=read.call.query),
            variables=_compile_all(read.call.variables, "dims"),
            value=compile_expression(read.value, {"result": ANY}),
        )
        for name, read in condition.reads.items()
    )
    when = compile_expression(condition.when, dict.fromkeys(SCOPE, ANY)) if condition.when else None
    return CompiledCondition(source=condition, reads=reads, when=when)


def _answer(answer: RuleAnswer) -> CompiledAnswer:
    variables = answer.variables if isinstance(answer, FlowAnswer) else {}
    return CompiledAnswer(source=answer, variables=_compile_all(variables, *SCOPE))


def _compile_all(sources: Mapping[str, str], *scope: str) -> dict[str, Expression]:
    types = dict.fromkeys(scope, ANY)
    return {name: compile_expression(source, types) for name, source in sources.items()}
