"""Parse the text of an expression into its syntax tree (CEL, the part written down in the guide)."""

from engine.expr.faults import ExprSyntaxError
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
    children_of,
)
from engine.expr.tokens import INT64_MAX, Token, TokenKind, tokenize

MAX_NESTING = 32  # brackets in brackets; nobody reads deeper ones
MAX_HEIGHT = 120  # operators in a row; keeps every later walk far from the interpreter's stack limit
MACROS = frozenset({"all", "exists", "exists_one", "map", "filter"})
NAMESPACES = frozenset({"math"})
_PRECEDENCE = {
    "==": 1,
    "!=": 1,
    "<": 1,
    "<=": 1,
    ">": 1,
    ">=": 1,
    "in": 1,
    "+": 2,
    "-": 2,
    "*": 3,
    "/": 3,
    "%": 3,
}


def parse_expression(source: str) -> Node:
    """The tree of an expression. Raises ExprSyntaxError."""
    parser = _Parser(tokenize(source))
    node = parser.parse_expression()
    parser.expect_end()
    _check_height(node)
    return node


def _check_height(root: Node) -> None:
    level, height = [root], 0
    while level:
        height += 1
        if height > MAX_HEIGHT:
            message = f"more than {MAX_HEIGHT} operators in a row"
            raise ExprSyntaxError(message, at=level[0].at, code="EXPR_TOO_COSTLY")
        level = [child for node in level for child in children_of(node)]


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._nesting = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._token
        self._position += 1
        return token

    def _accept(self, *texts: str) -> Token | None:
        token = self._token
        is_word = token.kind is TokenKind.NAME and token.text == "in"
        if (token.kind is TokenKind.SYMBOL or is_word) and token.text in texts:
            return self._next()
        return None

    def _expect(self, text: str) -> Token:
        token = self._accept(text)
        if token is None:
            raise self._unexpected(f"{text!r} is missing")
        return token

    def _unexpected(self, wanted: str) -> ExprSyntaxError:
        token = self._token
        met = "the expression ends" if token.kind is TokenKind.END else f"{token.text!r} stands"
        return ExprSyntaxError(f"{wanted} where {met}", at=token.at)

    def expect_end(self) -> None:
        if self._token.kind is not TokenKind.END:
            raise self._unexpected("an operator is missing")

    def parse_expression(self) -> Node:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            message = f"nested more than {MAX_NESTING} levels deep"
            raise ExprSyntaxError(message, at=self._token.at, code="EXPR_TOO_COSTLY")
        node = self._parse_logic("||")
        if mark := self._accept("?"):
            then = self._parse_logic("||")
            self._expect(":")
            node = Conditional(condition=node, then=then, otherwise=self.parse_expression(), at=mark.at)
        self._nesting -= 1
        return node

    def _parse_logic(self, operator: str) -> Node:
        operands = [self._parse_operand(operator)]
        at = self._token.at
        while self._accept(operator):
            operands.append(self._parse_operand(operator))
        return (
            operands[0] if len(operands) == 1 else Logic(operator=operator, operands=tuple(operands), at=at)
        )

    def _parse_operand(self, operator: str) -> Node:
        return self._parse_logic("&&") if operator == "||" else self._parse_binary(1)

    def _parse_binary(self, level: int) -> Node:
        left = self._parse_unary()
        while (precedence := _PRECEDENCE.get(self._token.text, 0)) >= level:
            mark = self._accept(self._token.text)
            if mark is None:  # a string or name that is spelt like an operator
                break
            right = self._parse_binary(precedence + 1)
            left = Binary(operator=mark.text, left=left, right=right, at=mark.at)
        return left

    def _parse_unary(self) -> Node:
        marks: list[Token] = []
        while mark := self._accept("!", "-"):
            marks.append(mark)
        if len(marks) > MAX_NESTING:
            raise ExprSyntaxError(
                f"more than {MAX_NESTING} signs in a row", at=marks[0].at, code="EXPR_TOO_COSTLY"
            )
        node = self._parse_literal(negative=True) if marks and marks[-1].text == "-" else None
        if node is not None:
            marks.pop()
        node = self._parse_members(node or self._parse_primary())
        for mark in reversed(marks):
            node = Unary(operator=mark.text, operand=node, at=mark.at)
        return node

    def _parse_literal(self, *, negative: bool) -> Node | None:
        token = self._token
        value = token.value
        if token.kind is not TokenKind.LITERAL:
            return None
        if negative:
            if isinstance(value, bool) or not isinstance(value, int | float):
                return None
            value = -value
        elif type(value) is int and value > INT64_MAX:
            raise ExprSyntaxError("this integer is beyond 64 bits", at=token.at)
        self._next()
        return Literal(value=value, at=token.at)

    def _parse_primary(self) -> Node:
        token = self._token
        if literal := self._parse_literal(negative=False):
            return literal
        if token.kind is TokenKind.NAME and token.text != "in":
            self._next()
            return self._parse_call(token) if self._accept("(") else Name(name=token.text, at=token.at)
        if self._accept("("):
            node = self.parse_expression()
            self._expect(")")
            return node
        if self._accept("["):
            return ListOf(items=self._parse_items("]"), at=token.at)
        if self._accept("{"):
            return MapOf(entries=self._parse_entries(), at=token.at)
        raise self._unexpected("a value is missing")

    def _parse_members(self, node: Node) -> Node:
        while True:
            if self._accept("."):
                node = self._parse_member(node)
            elif mark := self._accept("["):
                index = self.parse_expression()
                self._expect("]")
                node = Index(operand=node, index=index, at=mark.at)
            else:
                return node

    def _parse_member(self, target: Node) -> Node:
        token = self._token
        if token.kind is not TokenKind.NAME:
            raise self._unexpected("a name is missing")
        self._next()
        if not self._accept("("):
            return Select(operand=target, name=token.text, at=token.at)
        if token.text in MACROS:
            return self._parse_comprehension(target, token)
        arguments = self._parse_arguments()
        if isinstance(target, Name) and target.name in NAMESPACES:
            function = f"{target.name}.{token.text}"
            return Call(function=function, arguments=arguments, method=False, at=token.at)
        return Call(function=token.text, arguments=(target, *arguments), method=True, at=token.at)

    def _parse_call(self, token: Token) -> Node:
        arguments = self._parse_arguments()
        if token.text != "has":
            return Call(function=token.text, arguments=arguments, method=False, at=token.at)
        if len(arguments) != 1 or not isinstance(arguments[0], Select):
            raise ExprSyntaxError("has() asks for one field: has(this.field)", at=token.at)
        return Has(operand=arguments[0], at=token.at)

    def _parse_comprehension(self, target: Node, token: Token) -> Node:
        arguments = self._parse_arguments()
        allowed = (2, 3) if token.text == "map" else (2,)
        if len(arguments) not in allowed or not isinstance(arguments[0], Name):
            raise ExprSyntaxError(f"write {token.text}(item, expression over item)", at=token.at)
        return Comprehension(
            macro=token.text,
            range=target,
            variable=arguments[0].name,
            condition=arguments[1] if len(arguments) == 3 else None,
            body=arguments[-1],
            at=token.at,
        )

    def _parse_arguments(self) -> tuple[Node, ...]:
        if self._accept(")"):
            return ()
        items = [self.parse_expression()]
        while self._accept(","):
            items.append(self.parse_expression())
        self._expect(")")
        return tuple(items)

    def _parse_items(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._accept(closing):
            items.append(self.parse_expression())
            if not self._accept(","):
                self._expect(closing)
                break
        return tuple(items)

    def _parse_entries(self) -> tuple[tuple[Node, Node], ...]:
        entries: list[tuple[Node, Node]] = []
        while not self._accept("}"):
            key = self.parse_expression()
            self._expect(":")
            entries.append((key, self.parse_expression()))
            if not self._accept(","):
                self._expect("}")
                break
        return tuple(entries)
