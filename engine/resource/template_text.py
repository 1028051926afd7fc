"""The text of a template cut into literal words and expressions in braces."""

import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from engine.resource.mapping import Mapper, MappingSyntaxError, VariableUse, parse_path
from engine.resource.mapping.source import Source

ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
HOLE = "\0"  # stands for an expression in scanned text


class TemplateSyntaxError(MappingSyntaxError):
    """A template is refused; `line` and `column` are 1-based within its text."""


class VariableHost(TemplateSyntaxError):
    """A URL's host would come from whoever asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """An expression in braces."""

    read: Mapper
    variables: tuple[VariableUse, ...]
    plain: tuple[str, ...] | None = None  # the path of a variable, where the expression is nothing more


Part: TypeAlias = str | Hole
Parts: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A template with `HOLE` for each expression, so that it can be cut up as plain text."""

    source: Source
    words: str
    holes: tuple[Hole, ...]
    offsets: tuple[int, ...]  # of each character of `words` in the text

    def error(self, message: str, index: int) -> TemplateSyntaxError:
        line, column = self.source.place(self.offsets[index])
        return TemplateSyntaxError(message, line=line, column=column)

    def parts(self, start: int, end: int) -> Parts:
        """The parts of `words[start:end]`."""
        holes = iter(self.holes[self.words.count(HOLE, 0, start) :])
        pieces = re.split(f"({HOLE})", self.words[start:end])
        return tuple(next(holes) if piece == HOLE else piece for piece in pieces if piece)

    def check(self, start: int, end: int, allowed: frozenset[str]) -> None:
        """Refuse in a URL what a client would rewrite or cut off instead of sending it as written."""
        for index in range(start, end):
            char = self.words[index]
            if char == "#":
                raise self.error("what follows '#' is never sent; write a literal one as %23", index)
            if char not in allowed and char != HOLE:
                raise self.error(f"write {char!r} as {quote(char, safe='', errors='replace')}", index)
            if char == "%" and not ESCAPE.match(self.words, index, end):
                raise self.error("two hexadecimal digits follow '%'; write a literal one as %25", index)


def scan(text: str) -> Scanned:
    source = Source(text=text)
    words: list[str] = []
    offsets: list[int] = []
    holes: list[Hole] = []
    at = 0
    while at < len(text):
        char, here = text[at], at
        if char in ("}", HOLE):
            line, column = source.place(at)
            message = "this '}' closes nothing; write a literal one as %7D" if char == "}" else "no NUL here"
            raise TemplateSyntaxError(message, line=line, column=column)
        if char == "{":
            at = _closing(source, here)
            holes.append(_hole(source, here + 1, at))
            char = HOLE
        words.append(char)
        offsets.append(here)
        at += 1
    return Scanned(source=source, words="".join(words), holes=tuple(holes), offsets=(*offsets, len(text)))


def _closing(source: Source, opening: int) -> int:
    """The offset of the brace that ends an expression; braces in strings do not count."""
    depth, quote_mark, escaped = 0, "", False
    for at in range(opening, len(source.text)):
        char = source.text[at]
        if quote_mark:
            quote_mark = "" if char == quote_mark and not escaped else quote_mark
            escaped = char == "\\" and not escaped
        elif char in "'\"":
            quote_mark = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0:
                return at
    line, column = source.place(opening)
    raise TemplateSyntaxError(
        "this '{' is never closed; write a literal one as %7B", line=line, column=column
    )


def _hole(source: Source, start: int, end: int) -> Hole:
    line, column = source.place(start)
    try:
        selection = parse_path(source.text[start:end], line=line, column=column)
    except MappingSyntaxError as error:
        raise TemplateSyntaxError(error.message, line=error.line, column=error.column) from None
    return Hole(read=selection.compile(), variables=selection.variables, plain=selection.plain_variable())
