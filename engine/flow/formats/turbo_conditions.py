"""Conditions of turbo's models ⇄ CEL: the part of both languages that means the same in both.

Turbo evaluates conditions as Groovy over the bare names of variables. Comparisons, `&&`, `||`, `!`, brackets,
literals and `a.equals(b)` are translated; anything else is refused rather than guessed at.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.expr import ANY, BOOL, check_expression

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?![\w.]))
    |(?P<text>"(?:[^"\\$\n]|\\["'\\nrt])*"|'(?:[^'\\\n]|\\["'\\nrt])*')
    |(?P<equals>\.\s*equals\s*\()
    |(?P<name>[A-Za-z_]\w*(?!\s*[.(\w\[]|\s*\.)|[A-Za-z_]\w*(?=\s*\.\s*equals\s*\())
    |(?P<operator>==|!=|<=|>=|<|>|&&|\|\||!|\(|\))
    """,
    re.VERBOSE | re.ASCII,
)
_CEL_VARIABLE = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\bvars\.([A-Za-z_]\w*)""")
_WORDS = {"true", "false", "null"}
_OPERANDS = {"number", "text", "name"}
_BEFORE = {"", "(", "&&", "||"}  # beside these a comparison needs no brackets
_AFTER = {"", ")", "&&", "||"}
SCOPE = {"vars": ANY}


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """Why a condition has no equal in the other language."""

    reason: str


@dataclass(slots=True)
class _Token:
    kind: str
    text: str


def unwrap(text: str) -> str:
    """Without the `${…}` around the whole of it."""
    stripped = text.strip()
    return stripped[2:-1].strip() if stripped.startswith("${") and stripped.endswith("}") else stripped


def to_cel(text: str) -> str | Untranslatable:
    tokens = _tokens(unwrap(text))
    if isinstance(tokens, Untranslatable):
        return tokens
    failure = _rewrite_equals(tokens)
    if failure is not None:
        return failure
    cel = "".join(map(_cel_of, tokens)).strip()
    problems = check_expression(cel, SCOPE, expect=BOOL)
    return Untranslatable(problems[0].message) if problems else cel


def to_turbo_condition(cel: str) -> str | Untranslatable:
    """The condition over bare names, if translating that gives this expression again."""
    text = _CEL_VARIABLE.sub(lambda found: found[1] or found[2], cel)
    return text if to_cel(text) == cel.strip() else Untranslatable("turbo has no equal of this expression")


def _tokens(text: str) -> list[_Token] | Untranslatable:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            return Untranslatable(f"'{text[at : at + 20]}' has no equal here")
        tokens.append(_Token(found.lastgroup, found[0]))
        at = found.end()
    solid = [token for token in tokens if token.kind != "space"]
    for token, after in pairwise(solid):
        if token.kind in _OPERANDS and after.kind in _OPERANDS:  # `x -1` is arithmetic, not two values
            return Untranslatable(f"'{after.text}' behind '{token.text}' has no equal here")
    return tokens


def _rewrite_equals(tokens: list[_Token]) -> Untranslatable | None:
    """`a.equals(b)` becomes `a == b`, in brackets where something beside it binds tighter."""
    solid = [index for index, token in enumerate(tokens) if token.kind != "space"]
    for place, index in enumerate(solid):
        if tokens[index].kind != "equals":
            continue
        around = solid[place - 1 : place + 3] if place else []
        if not _is_equals(tokens, around):
            return Untranslatable("equals() compares two names or literals")
        left, _, _, closing = around
        before = tokens[solid[place - 2]].text if place > 1 else ""
        after = tokens[solid[place + 3]].text if place + 3 < len(solid) else ""
        bare = before in _BEFORE and after in _AFTER
        tokens[index].text = " == "
        tokens[closing].text = "" if bare else ")"
        if not bare:
            tokens[left] = _Token("operator", f"({_cel_of(tokens[left])}")
        for space in range(left + 1, closing):
            if tokens[space].kind == "space":
                tokens[space].text = ""
    return None


def _cel_of(token: _Token) -> str:
    return f"vars.{token.text}" if token.kind == "name" and token.text not in _WORDS else token.text


def _is_equals(tokens: Sequence[_Token], around: Sequence[int]) -> bool:
    if len(around) != 4:
        return False
    left, _, right, closing = (tokens[index] for index in around)
    return left.kind in _OPERANDS and right.kind in _OPERANDS and closing.text == ")"
