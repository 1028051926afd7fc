"""What is wrong with a rule's expressions and reads, against the resource graph: as flows are checked."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import OperationType

from engine.expr import ANY, BOOL, ExprType, ObjectType, check_expression
from engine.flow.checks.known_variables import KnownVariables, Typed
from engine.flow.checks.nulls import told_of_null, unguarded_nulls
from engine.flow.checks.operations import typed_value
from engine.flow.checks.reading_expressions import parsed, reads_in
from engine.flow.checks.resources import operation_type
from engine.flow.model import Call, Read
from engine.flow.ports import CallType
from engine.problem import Problem, Severity
from resolvers.matching.rule import FlowAnswer, RuleCondition, RuleContent

Describe = Callable[[Call], CallType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`uses`: coordinates of the resource fields that the reads use."""

    problems: Sequence[Problem]
    uses: frozenset[str]


def check_rule(content: RuleContent, describe: Describe) -> Checked:
    """All problems of a rule's reads and expressions, in its order. An ERROR forbids saving it."""
    problems: list[Problem] = []
    uses: set[str] = set()
    known: list[KnownVariables] = []
    for number, condition in enumerate(content.conditions):
        check = _Condition(condition, f"questions/{number}", describe)
        problems += check.problems()
        uses |= check.uses
        known.append(check.reads)
    problems += _answers(content, known)
    return Checked(problems=problems, uses=frozenset(uses))


class _Condition:
    def __init__(self, condition: RuleCondition, path: str, describe: Describe) -> None:
        self._condition = condition
        self._path = path
        self.uses: set[str] = set()
        self.reads: KnownVariables = {}
        self._found: list[Problem] = []
        for name, read in condition.reads.items():
            self._read(name, read, describe)

    def problems(self) -> list[Problem]:
        if self._condition.when is None:
            return self._found
        path = f"{self._path}/when"
        scope = {"dims": ANY, "reads": _object(self.reads)}
        found = [*self._found, *_of_expression(self._condition.when, scope, path, expect=BOOL)]
        return [*found, *self._nulls(self._condition.when, path)]

    def _read(self, name: str, read: Read, describe: Describe) -> None:
        path = f"{self._path}/reads/{name}"
        self.reads[name] = Typed(type=ANY)
        kind = operation_type(read.call.query)
        if kind is not OperationType.QUERY:
            message = kind if isinstance(kind, str) else "what is read is a query: it changes nothing"
            code = "CALL_SYNTAX" if isinstance(kind, str) else "READ_CHANGES"
            self._found.append(Problem(code=code, message=message, path=f"{path}/query"))
            return
        described = describe(read.call)
        self.uses |= described.uses
        self._found += [replace(problem, path=f"{path}/query") for problem in described.problems]
        self._found += _variables(read, described, path)
        result = Typed(type=described.result, nullable=described.nullable)
        self._found += _of_expression(read.value, {"result": result.type}, f"{path}/value")
        self.reads[name] = typed_value(read.value, {"result": result})

    def _nulls(self, when: str, path: str) -> Iterator[Problem]:
        node = parsed(when)
        for name in unguarded_nulls(node, list(reads_in(node)), {"reads": self.reads}) if node else ():
            message, hint = told_of_null(name)
            yield _warning("NULL_IN_CONDITION", message, path, hint)


def _variables(read: Read, described: CallType, path: str) -> Iterator[Problem]:
    for name, source in read.call.variables.items():
        at = f"{path}/variables/{name}"
        if name not in described.variables and not described.problems:
            message = f"the operation declares no variable '${name}'"
            yield Problem(code="CALL_VARIABLE_UNKNOWN", message=message, path=at)
        yield from _of_expression(source, {"dims": ANY}, at, expect=described.variables.get(name))


def _answers(content: RuleContent, known: Sequence[KnownVariables]) -> Iterator[Problem]:
    """Variables of flows: a read that only some conditions make is null with the others."""
    everywhere: dict[str, Typed] = {}
    for reads in known:
        everywhere |= reads
    for number, answer in enumerate(content.bundle):
        for name, source in answer.variables.items() if isinstance(answer, FlowAnswer) else ():
            path = f"answers/{number}/variables/{name}"
            yield from _of_expression(source, {"dims": ANY, "reads": _object(everywhere)}, path)
            node = parsed(source)
            used = (
                {read[1] for read, _ in reads_in(node) if read[0] == "reads" and read[1:]} if node else set()
            )
            for read in sorted(
                one for one in used if one in everywhere and not all(one in reads for reads in known)
            ):
                message = f"not every condition reads {read!r}: with the others the variable is null"
                yield _warning("READ_NOT_EVERYWHERE", message, path, None)


def _of_expression(
    source: str, scope: Mapping[str, ExprType], path: str, *, expect: ExprType | None = None
) -> Iterator[Problem]:
    for found in check_expression(source, scope, expect=expect):
        yield Problem(
            code=found.code,
            message=found.message,
            path=path,
            line=found.line,
            column=found.column,
            suggestion=found.suggestion,
        )


def _object(reads: KnownVariables) -> ObjectType:
    types = {name: typed.type for name, typed in reads.items()}
    return ObjectType("reads", lambda: types)


def _warning(code: str, message: str, path: str, hint: str | None) -> Problem:
    return Problem(code=code, message=message, path=path, suggestion=hint, severity=Severity.WARNING)


def errors_among(problems: Collection[Problem]) -> list[Problem]:
    return [one for one in problems if one.severity is Severity.ERROR]
