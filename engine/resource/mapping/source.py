"""A mapping's text as tokens, and where each offset lies in it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.resource.mapping.errors import MappingSyntaxError

MAX_LENGTH = 64_000  # characters of one mapping

TOKEN = re.compile(
    r"""
    (?P<space>(?:[\ \t\r\n\ufeff]+|\#[^\n]*)+)
  | (?P<number>[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<variable>\$[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<mark>\.\.\.|\$\(|->|\?\?|\?!|[$@.?:,(){}\[\]\-])
    """,
    re.VERBOSE | re.DOTALL,
)

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Token(NamedTuple):
    """`kind` is number, word, variable, string, end, or the mark itself."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text whose first character stands at `line` and `column` of a larger one."""

    text: str
    line: int = 1
    column: int = 1
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        starts = [0, *(index + 1 for index, char in enumerate(self.text) if char == "\n")]
        object.__setattr__(self, "starts", starts)

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of an offset, both 1-based."""
        row = bisect_right(self.starts, at) - 1
        column = at - self.starts[row] + (self.column if row == 0 else 1)
        return self.line + row, column

    def error(self, message: str, at: int) -> MappingSyntaxError:
        line, column = self.place(at)
        return MappingSyntaxError(message, line=line, column=column)

    def tokens(self) -> list[Token]:
        """All tokens, the last one being the end. Raises MappingSyntaxError."""
        if len(self.text) > MAX_LENGTH:
            raise self.error(f"a mapping has at most {MAX_LENGTH:,} characters", MAX_LENGTH)
        tokens: list[Token] = []
        at = 0
        while at < len(self.text):
            found = TOKEN.match(self.text, at)
            if found is None:
                raise self._unexpected(at)
            kind = found.lastgroup or ""
            if kind != "space":
                text = found.group()
                tokens.append(Token(text if kind == "mark" else kind, text, at))
            at = found.end()
        tokens.append(Token("end", "the end", at))
        return tokens

    def _unexpected(self, at: int) -> MappingSyntaxError:
        char = self.text[at]
        if char in "'\"":
            return self.error(f"this string has no closing {char}", at)
        hints = {
            "=": "; compare with ->eq(…)",
            "<": "; compare with ->lt(…)",
            ">": "; compare with ->gt(…)",
            "+": "; add with ->add(…)",
            "*": "; multiply with ->mul(…)",
            "/": "; divide with ->div(…)",
            "&": "; combine with ->and(…)",
            "|": "; combine with ->or(…)",
            "!": "; negate with ->not",
            "`": "; write strings in ' or \"",
        }
        return self.error(f"unexpected {char!r}{hints.get(char, '')}", at)

    def string(self, token: Token) -> str:
        """What a string token means: its escapes resolved."""
        body = token.text[1:-1]
        if "\\" not in body:
            return body
        parts: list[str] = []
        index = 0
        while index < len(body):
            char = body[index]
            index += 1
            if char == "\\":
                char = body[index]
                index += 1
                if char == "u":
                    char = self._code_point(body[index : index + 4], token.at + index - 1)
                    index += 4
                else:
                    char = ESCAPES.get(char, char if char in "'\"\\/" else "\\" + char)
            parts.append(char)
        return "".join(parts)

    def _code_point(self, digits: str, at: int) -> str:
        if len(digits) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            code = int(digits, 16)
            if not 0xD800 <= code <= 0xDFFF:
                return chr(code)
        raise self.error("\\u takes four hexadecimal digits, no surrogates: write the character itself", at)
