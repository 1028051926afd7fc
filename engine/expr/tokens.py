"""Cut the text of an expression into tokens."""

import math
import re
from dataclasses import dataclass
from enum import Enum

from engine.expr.faults import ExprSyntaxError
from engine.expr.nodes import LiteralValue

MAX_SOURCE_BYTES = 2_048  # an expression is a line a person reads; longer ones belong in an API
INT64_MAX = 2**63 - 1


class TokenKind(Enum):
    NAME = "a name"
    LITERAL = "a value"
    SYMBOL = "a symbol"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    kind: TokenKind
    text: str
    value: LiteralValue
    at: int


_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
      | (?P<text>[rR]?(?:'''(?s:.*?)'''|\"\"\"(?s:.*?)\"\"\"))
      | (?P<raw>[rR](?:'[^'\n\r]*'|"[^"\n\r]*"))
      | (?P<quoted>'(?:\\.|[^'\\\n\r])*'|"(?:\\.|[^"\\\n\r])*")
      | (?P<double>(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
      | (?P<int>0[xX][0-9a-fA-F]+|\d+)(?P<unsigned>[uU])?
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<symbol>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"""\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-3][0-7]{2})|(?P<c>.))""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = dict(zip("abfnrtv\\?\"'`", "\a\b\f\n\r\t\v\\?\"'`", strict=True))
_KEYWORDS: dict[str, LiteralValue] = {"true": True, "false": False, "null": None}
_RESERVED = frozenset(
    {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"}
    | {"loop", "package", "namespace", "return", "var", "void", "while"}
)


def tokenize(source: str) -> list[Token]:
    """All tokens, the last one END. Raises ExprSyntaxError."""
    if len(source.encode("utf-8", "replace")) > MAX_SOURCE_BYTES:
        message = f"the expression is longer than {MAX_SOURCE_BYTES} bytes"
        raise ExprSyntaxError(message, at=0, code="EXPR_TOO_COSTLY")
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise ExprSyntaxError(_reason_of(source, at), at=at)
        if found.lastgroup != "space":
            tokens.append(_token_of(found))
        at = found.end()
    tokens.append(Token(TokenKind.END, "", None, len(source)))
    return tokens


def _reason_of(source: str, at: int) -> str:
    character = source[at]
    if character in "'\"":
        return "this string is not closed"
    if character in "&|=":
        return f"write {character}{character}"
    return f"{character!r} has no meaning here"


def _token_of(found: re.Match[str]) -> Token:
    group, text, at = found.lastgroup, found.group(), found.start()
    match group:
        case "name":
            if text in _RESERVED:
                raise ExprSyntaxError(f"{text!r} is a reserved word", at=at)
            kind = TokenKind.LITERAL if text in _KEYWORDS else TokenKind.NAME
            return Token(kind, text, _KEYWORDS.get(text), at)
        case "symbol":
            return Token(TokenKind.SYMBOL, text, None, at)
        case "unsigned":
            raise ExprSyntaxError(f"there are no unsigned integers here: write {text[:-1]}", at=at)
        case "int":
            return Token(TokenKind.LITERAL, text, _int_of(text, at), at)
        case "double":
            return Token(TokenKind.LITERAL, text, _double_of(text, at), at)
        case _:
            return Token(TokenKind.LITERAL, text, _string_of(text, at), at)


def _int_of(text: str, at: int) -> int:
    digits = text[2:] if text[:2] in ("0x", "0X") else text
    value = int(digits, 16 if digits is not text else 10) if len(digits) <= 20 else INT64_MAX + 2
    if value > INT64_MAX + 1:  # 2**63 itself may still follow a minus
        raise ExprSyntaxError("this integer is beyond 64 bits", at=at)
    return value


def _double_of(text: str, at: int) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ExprSyntaxError("this number is too large", at=at)
    return value


def _string_of(text: str, at: int) -> str:
    raw = text[0] in "rR"
    body = text[1:] if raw else text
    width = 3 if body[:3] in ("'''", '"""') else 1
    body = body[width:-width]
    return body if raw else _ESCAPE.sub(lambda found: _unescape(found, at), body)


def _unescape(found: re.Match[str], at: int) -> str:
    code = found["x"] or found["u"] or found["U"]
    point = int(code, 16) if code else int(found["o"], 8) if found["o"] else None
    if point is None:
        if found["c"] not in _ESCAPED:
            raise ExprSyntaxError(f"\\{found['c']} is no escape; write \\\\ for a backslash", at=at)
        return _ESCAPED[found["c"]]
    if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise ExprSyntaxError("this escape is no character", at=at)
    return chr(point)
