"""Compile a checked expression to closures: each node one function from the evaluation's Work to a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from engine.expr.check import CheckedExpression
from engine.expr.cost import StepCount
from engine.expr.faults import ExprFault
from engine.expr.functions import FUNCTIONS, METHODS, Parameter
from engine.expr.nodes import (
    Binary,
    Call,
    Comprehension,
    Conditional,
    Has,
    Index,
    ListOf,
    Literal,
    Logic,
    MapOf,
    Name,
    Node,
    Select,
    Unary,
)
from engine.expr.operators import BINARY, negate
from engine.expr.patterns import compile_pattern
from engine.expr.types import ExprType, Kind
from engine.expr.values import MAX_ITEMS, Value, Work, as_list, entry_of, kind_name
from engine.expr.walks import WALKS, Step, Walk, want_bool

_PYTHON_OF: Mapping[Kind, type] = {
    Kind.INT: int,
    Kind.DOUBLE: float,
    Kind.STRING: str,
    Kind.BOOL: bool,
    Kind.LIST: list,
    Kind.MAP: dict,
}


def compile_steps(checked: CheckedExpression) -> tuple[Step, int]:
    """The expression as one function, and how deep its comprehensions nest."""
    if checked.root is None:
        raise ValueError("an expression with a syntax error cannot be compiled")
    depths = [0]
    step = _Compiler(types=checked.types, depths=depths).step_of(checked.root)
    return step, max(depths)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiler:
    types: Mapping[int, ExprType]
    depths: list[int]  # of all comprehensions met
    slots: Mapping[str, int] = field(default_factory=dict[str, int])  # of the items in scope

    def step_of(self, node: Node) -> Step:
        match node:
            case Literal(value=value):
                return lambda work: value
            case Name() | Select() | Index():
                return _entering(self._read(node), self.types[id(node)])
            case Unary():
                return _unary(node.operator, self.step_of(node.operand))
            case Binary():
                return _binary(node.operator, self.step_of(node.left), self.step_of(node.right))
            case Logic():
                steps = [self.step_of(operand) for operand in node.operands]
                return _logic(steps, decisive=node.operator == "||")
            case Conditional():
                return _conditional(
                    *(self.step_of(part) for part in (node.condition, node.then, node.otherwise))
                )
            case ListOf():
                return _list([self.step_of(item) for item in node.items])
            case MapOf():
                return _map([(self.step_of(key), self.step_of(value)) for key, value in node.entries])
            case Has():
                return _has(self._read(node.operand))
            case Comprehension():
                return self._comprehension(node)
            case Call():
                return self._call(node)

    def _read(self, node: Node) -> Step:
        """The value as it lies in the bindings: no conversion, which only a value that is used needs."""
        match node:
            case Name(name=name) if name in self.slots:
                return _item(self.slots[name])
            case Name(name=name):
                return _variable(name)
            case Select(operand=operand, name=name):
                return _select(self._read(operand), name, is_declared=self._is_declared(operand))
            case Index(operand=operand, index=Literal(value=str() as name)):
                return _select(self._read(operand), name, is_declared=self._is_declared(operand))
            case Index(operand=operand, index=index):
                return _index(self._read(operand), self.step_of(index))
            case _:
                return self.step_of(node)

    def _is_declared(self, node: Node) -> bool:
        return self.types[id(node)].kind is Kind.MAP

    def _comprehension(self, node: Comprehension) -> Step:
        slot = len(self.slots)
        self.depths.append(slot + 1)
        inner = replace(self, slots={**self.slots, node.variable: slot})
        parts = [part for part in (node.body, node.condition) if part is not None]
        walk = Walk(
            over=self.step_of(node.range),
            units=sum(map(StepCount(self.types).cost_of, parts)) + 3,
            slot=slot,
            body=inner.step_of(node.body),
            condition=inner.step_of(node.condition) if node.condition else None,
        )
        run = WALKS[node.macro]
        return lambda work: run(walk, work)

    def _call(self, node: Call) -> Step:
        if node.function == "matches":
            return self._matches(node)
        function = (METHODS if node.method else FUNCTIONS)[node.function]
        steps = [self.step_of(argument) for argument in node.arguments]
        takers = [
            _taker(step, kinds, node.function)
            for step, kinds in zip(steps, function.parameters, strict=False)
        ]
        run = function.run
        match takers:
            case [only]:
                return lambda work: run(work, only(work))
            case [first, second]:
                return lambda work: run(work, first(work), second(work))
            case _:
                return lambda work: run(work, *[take(work) for take in takers])

    def _matches(self, node: Call) -> Step:
        text = _taker(self.step_of(node.arguments[0]), frozenset({Kind.STRING}), node.function)
        literal = node.arguments[1]
        assert isinstance(literal, Literal)  # the check refuses computed patterns
        pattern = compile_pattern(str(literal.value))
        return lambda work: pattern.is_in(str(text(work)), work)


def _entering(read: Step, type_: ExprType) -> Step:
    enter = entry_of(type_)
    if type_.kind is not Kind.LIST:
        return lambda work: enter(read(work))

    def run(work: Work) -> Value:
        value = enter(read(work))
        if type(value) is list:
            work.spend(min(len(as_list(value)), MAX_ITEMS))  # longer ones enter as they are
        return value

    return run


def _item(slot: int) -> Step:
    return lambda work: work.items[slot]


def _variable(name: str) -> Step:
    return lambda work: work.bindings.get(name)


def _select(owner: Step, name: str, *, is_declared: bool) -> Step:
    """A declared field that is absent is null, as in GraphQL; in plain JSON it is a fault."""

    return lambda work: _field_of(owner(work), name, is_declared=is_declared)


def _field_of(value: Value, name: str, *, is_declared: bool) -> Value:
    try:
        return value[name]  # type: ignore[index]  # whatever has no fields raises TypeError
    except KeyError:
        if is_declared:
            return None
        raise ExprFault("the object lacks a field that is read") from None
    except TypeError:
        raise ExprFault(f"{kind_name(value)} has no field {name!r}") from None


def _index(owner: Step, index: Step) -> Step:
    def run(work: Work) -> Value:
        items, at = owner(work), index(work)
        if type(items) is list and type(at) is int:
            if 0 <= at < len(as_list(items)):
                return as_list(items)[at]
            raise ExprFault(f"index {at} is outside a list of {len(as_list(items))}")
        if isinstance(items, Mapping) and type(at) is str:
            return _field_of(items, at, is_declared=False)
        raise ExprFault(f"{kind_name(items)} cannot be indexed by {kind_name(at)}")

    return run


def _has(read: Step) -> Step:
    """Whether there is a value; null is none."""

    def run(work: Work) -> Value:
        try:
            return read(work) is not None
        except ExprFault:
            return False

    return run


def _unary(operator: str, operand: Step) -> Step:
    if operator == "!":
        return lambda work: not want_bool(operand(work))
    return lambda work: negate(operand(work))


def _binary(operator: str, left: Step, right: Step) -> Step:
    compute = BINARY[operator]
    return lambda work: compute(left(work), right(work), work)


def _logic(steps: list[Step], *, decisive: bool) -> Step:
    """`||` (decisive true) and `&&`: a fault counts only if no operand decides, wherever it stands."""

    def run(work: Work) -> Value:
        fault: ExprFault | None = None
        for step in steps:
            try:
                if want_bool(step(work)) is decisive:
                    return decisive
            except ExprFault as met:
                fault = met
        if fault is not None:
            raise fault
        return not decisive

    return run


def _conditional(condition: Step, then: Step, otherwise: Step) -> Step:
    return lambda work: then(work) if want_bool(condition(work)) else otherwise(work)


def _list(steps: list[Step]) -> Step:
    return lambda work: [step(work) for step in steps]


def _map(entries: list[tuple[Step, Step]]) -> Step:
    def run(work: Work) -> Value:
        made: dict[str, Value] = {}
        for key, value in entries:
            name = key(work)
            if type(name) is not str:
                raise ExprFault(f"the keys of an object are strings, {kind_name(name)} was given")
            made[name] = value(work)
        return made

    return run


def _taker(step: Step, kinds: Parameter, function: str) -> Callable[[Work], object]:
    """An argument, made sure to be of a kind its parameter takes; `any` takes all."""
    if Kind.ANY in kinds:
        return step
    allowed = frozenset(_PYTHON_OF[kind] for kind in kinds)

    def take(work: Work) -> Value:
        value = step(work)
        if type(value) not in allowed:
            raise ExprFault(f"{function}() was given {kind_name(value)}")
        return value

    return take
