"""Check an expression before anything runs: names, types, cost. Everything wrong is found at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from engine.expr.cost import find_excess
from engine.expr.faults import ExprProblem, ExprSyntaxError, place_of
from engine.expr.functions import FUNCTIONS, METHODS, accepts, arity_of
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
from engine.expr.operators import Mismatch, type_of_binary, type_of_unary
from engine.expr.parser import MACROS, parse_expression
from engine.expr.patterns import compile_pattern
from engine.expr.types import (
    ANY,
    BOOL,
    DOUBLE,
    INT,
    NULL,
    STRING,
    ExprType,
    Kind,
    ListType,
    ObjectType,
    Path,
    describe,
    fits,
    join_types,
    may_be,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExpression:
    """What the check found out; `types` is keyed by the identity of the nodes, which `root` keeps alive."""

    root: Node | None
    type: ExprType
    types: Mapping[int, ExprType]
    paths: frozenset[Path]
    problems: list[ExprProblem]


def check_source(
    source: str, variables: Mapping[str, ExprType], *, expect: ExprType | None = None
) -> CheckedExpression:
    try:
        root = parse_expression(source)
    except ExprSyntaxError as error:
        problem = ExprProblem(error.code, error.message, *place_of(source, error.at))
        return CheckedExpression(root=None, type=ANY, types={}, paths=frozenset(), problems=[problem])
    walk = _Check(source=source, scope={name: _Bound(type_, (name,)) for name, type_ in variables.items()})
    type_ = walk.type_of(root)
    if expect is not None and not fits(type_, expect):
        hint = f"write string({source.strip()})" if expect == STRING and type_.kind is not Kind.LIST else None
        walk.report("EXPR_TYPE", f"gives {describe(type_)} where {describe(expect)} is wanted", root, hint)
    if not walk.problems and (costly := find_excess(root, walk.types)):
        walk.report("EXPR_TOO_COSTLY", costly.message, costly.node, costly.suggestion)
    return CheckedExpression(
        root=root, type=type_, types=walk.types, paths=_longest(walk.paths), problems=walk.problems
    )


def _longest(paths: set[Path]) -> frozenset[Path]:
    prefixes = {path[:length] for path in paths for length in range(1, len(path))}
    return frozenset(paths - prefixes)


@dataclass(frozen=True, slots=True)
class _Bound:
    """What a name in scope stands for; `path` is None for the item of a list that no variable holds."""

    type: ExprType
    path: Path | None


@dataclass(slots=True, kw_only=True)
class _Check:
    source: str
    scope: dict[str, _Bound]
    problems: list[ExprProblem] = field(default_factory=list[ExprProblem])
    types: dict[int, ExprType] = field(default_factory=dict[int, ExprType])
    paths: set[Path] = field(default_factory=set[Path])

    def report(self, code: str, message: str, node: Node, suggestion: str | None = None) -> None:
        place = place_of(self.source, node.at)
        self.problems.append(ExprProblem(code, message, *place, suggestion))

    def type_of(self, node: Node) -> ExprType:
        """The type of a node, whose path, if it is one, is read."""
        bound = self._visit(node)
        self._note(bound.path)
        return bound.type

    def _note(self, path: Path | None) -> None:
        if path is not None:
            self.paths.add(path)

    def _visit(self, node: Node) -> _Bound:
        bound = self._bound_of(node)
        self.types[id(node)] = bound.type
        return bound

    def _bound_of(self, node: Node) -> _Bound:
        match node:
            case Name():
                return self._name(node)
            case Select():
                return self._field(self._visit(node.operand), node.name, node)
            case Index():
                return self._index(node)
            case Has():
                self.type_of(node.operand)
                return _Bound(BOOL, None)
            case _:
                return _Bound(self._value_type_of(node), None)

    def _value_type_of(self, node: Node) -> ExprType:
        match node:
            case Literal(value=value):
                return _LITERALS[type(value)]
            case ListOf(items=items):
                return ListType(_common([self.type_of(item) for item in items]))
            case MapOf():
                return self._map(node)
            case Unary():
                return self._operator(node, type_of_unary(node, self.type_of(node.operand)))
            case Binary():
                left, right = self.type_of(node.left), self.type_of(node.right)
                return self._operator(node, type_of_binary(node, left, right))
            case Logic(operands=operands):
                for operand in operands:
                    self._want_bool(operand, f"{node.operator} asks")
                return BOOL
            case Conditional():
                self._want_bool(node.condition, "? asks")
                return join_types(self.type_of(node.then), self.type_of(node.otherwise))
            case Comprehension():
                return self._comprehension(node)
            case Call():
                return self._call(node)
            case _:
                raise AssertionError(f"{type(node).__name__} is no value of its own")

    def _operator(self, node: Node, result: ExprType | Mismatch) -> ExprType:
        if isinstance(result, Mismatch):
            self.report("EXPR_TYPE", result.message, node, result.suggestion)
            return ANY
        return result

    def _name(self, node: Name) -> _Bound:
        if node.name in self.scope:
            return self.scope[node.name]
        self._unknown(node, f"{node.name!r} is not known here", node.name, list(self.scope))
        return _Bound(ANY, None)

    def _unknown(self, node: Node, message: str, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=1)
        self.report("EXPR_UNKNOWN_NAME", message, node, near[0] if near else None)

    def _field(self, owner: _Bound, name: str, node: Node) -> _Bound:
        path = None if owner.path is None else (*owner.path, name)
        match owner.type:
            case ObjectType(fields=fields):
                known = fields()
                if name in known:
                    return _Bound(known[name], path)
                self._unknown(node, f"{describe(owner.type)} has no field {name!r}", name, list(known))
                return _Bound(ANY, None)
            case ListType():
                self.report(
                    "EXPR_TYPE", f"a list has no field {name!r}", node, f"write .map(item, item.{name})"
                )
                return _Bound(ANY, None)
            case type_ if type_.kind is Kind.ANY:
                return _Bound(ANY, path)
            case type_:
                self.report("EXPR_TYPE", f"{describe(type_)} has no field {name!r}", node)
                return _Bound(ANY, None)

    def _index(self, node: Index) -> _Bound:
        owner = self._visit(node.operand)
        key = self.type_of(node.index)
        if isinstance(node.index, Literal) and isinstance(node.index.value, str):
            return self._field(owner, node.index.value, node)
        match owner.type:
            case ListType(item=item) if may_be(key, Kind.INT):
                return _Bound(item, owner.path)
            case ListType():
                self.report("EXPR_TYPE", f"a list is indexed by int, not {describe(key)}", node)
            case ObjectType():
                self.report("EXPR_TYPE", "the fields of an object are named, not computed", node)
            case type_ if type_.kind is not Kind.ANY:
                self.report("EXPR_TYPE", f"{describe(type_)} cannot be indexed", node)
            case _ if key.kind is Kind.INT:
                return _Bound(ANY, owner.path)
            case _:  # a computed key: what is read is not known, so all of it counts as read
                self._note(owner.path)
        return _Bound(ANY, None)

    def _map(self, node: MapOf) -> ExprType:
        fields: dict[str, ExprType] = {}
        is_fixed = True
        for key, value in node.entries:
            if not may_be(self.type_of(key), Kind.STRING):
                self.report("EXPR_TYPE", "the keys of an object are strings", key)
            type_ = self.type_of(value)
            if isinstance(key, Literal) and isinstance(key.value, str):
                fields[key.value] = type_
            else:
                is_fixed = False
        return ObjectType("", lambda: fields) if is_fixed else ANY

    def _want_bool(self, node: Node, who: str) -> None:
        type_ = self.type_of(node)
        if not may_be(type_, Kind.BOOL):
            self.report("EXPR_TYPE", f"{who} for bool, not {describe(type_)}", node)

    def _comprehension(self, node: Comprehension) -> ExprType:
        over = self._visit(node.range)
        self._note(over.path)
        if not may_be(over.type, Kind.LIST):
            self.report("EXPR_TYPE", f"{node.macro}() walks a list, not {describe(over.type)}", node)
        if node.variable in self.scope:
            self.report("EXPR_TYPE", f"{node.variable!r} is taken", node, "write another name for the item")
        item = over.type.item if isinstance(over.type, ListType) else ANY
        outer = self.scope
        self.scope = {**outer, node.variable: _Bound(item, over.path)}
        if node.condition is not None:
            self._want_bool(node.condition, "map(item, condition, value) asks")
        if node.macro == "map":
            result: ExprType = ListType(self.type_of(node.body))
        else:
            self._want_bool(node.body, f"{node.macro}() asks")
            result = ListType(item) if node.macro == "filter" else BOOL
        self.scope = outer
        return result

    def _call(self, node: Call) -> ExprType:
        types = [self.type_of(argument) for argument in node.arguments]
        table, other = (METHODS, FUNCTIONS) if node.method else (FUNCTIONS, METHODS)
        function = table.get(node.function)
        if function is None:
            self._unknown_function(node, is_elsewhere=node.function in other)
            return ANY
        if not function.required <= len(types) <= len(function.parameters):
            self.report("EXPR_TYPE", arity_of(function, node.function, given=len(types)), node)
            return ANY
        for argument, type_, parameter in zip(node.arguments, types, function.parameters, strict=False):
            if not accepts(parameter, type_):
                wanted = " or ".join(sorted(kind.value for kind in parameter))
                self.report("EXPR_TYPE", f"{node.function}() takes {wanted}, not {describe(type_)}", argument)
        if node.function == "matches":
            self._check_pattern(node.arguments[1])
        return function.gives(types)

    def _unknown_function(self, node: Call, *, is_elsewhere: bool) -> None:
        name = node.function
        if is_elsewhere:
            right = f"{name}(value)" if node.method else f"value.{name}()"
            self.report("EXPR_UNKNOWN_NAME", f"{name} is called otherwise", node, f"write {right}")
            return
        known = [*METHODS, *MACROS] if node.method else [*FUNCTIONS, "has"]
        self._unknown(node, f"there is no function {name}()", name, known)

    def _check_pattern(self, node: Node) -> None:
        if not isinstance(node, Literal) or not isinstance(node.value, str):
            self.report("EXPR_TOO_COSTLY", "the pattern of matches() is written out, not computed", node)
            return
        try:
            compile_pattern(node.value)
        except ValueError:
            self.report("EXPR_SYNTAX", "this is no regular expression (RE2)", node)


_LITERALS: Mapping[type, ExprType] = {int: INT, float: DOUBLE, str: STRING, bool: BOOL, type(None): NULL}


def _common(types: list[ExprType]) -> ExprType:
    result: ExprType = types[0] if types else ANY
    for type_ in types[1:]:
        result = join_types(result, type_)
    return result
