"""Random expressions give what the CEL library gives, where the two mean to agree.

Not compared: what is ours by intent (null rules, `has`, characters not bytes, division by 0.0, bounds),
nor where the library departs from the specification: a fault inside all() or exists(), the least integer
negated, integers beyond 2**53 compared with doubles.
"""

from collections import Counter
from dataclasses import dataclass

import cel
from cel.stdlib import STDLIB_FUNCTIONS
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.expr import (
    BOOL,
    DOUBLE,
    INT,
    STRING,
    ExprFault,
    ExprType,
    ListType,
    ObjectType,
    check_expression,
    compile_expression,
)

VALUES: dict[str, object] = {
    "i": 7,
    "j": -3,
    "d": 2.5,
    "s": "Ab c",
    "b": True,
    "l": [3, 1, 2],
    "t": ["x", "yy", "Ab c"],
    "o": {"i": 1, "s": "in"},
}
FIELDS: dict[str, ExprType] = {
    "i": INT,
    "j": INT,
    "d": DOUBLE,
    "s": STRING,
    "b": BOOL,
    "l": ListType(INT),
    "t": ListType(STRING),
    "o": ObjectType("O", lambda: {"i": INT, "s": STRING}),
}
VARIABLES: dict[str, ExprType] = {"v": ObjectType("V", lambda: FIELDS)}

# In a template each capital letter that stands alone is an expression of that kind.
TEMPLATES: dict[str, str] = {
    "I": """1 | 0 | -2 | 3037000500 | v.i | v.j | v.o.i | v.l[I] | (I + I) | (I - I) | (I * I)
        | (I / I) | (I % I) | -(I) | size(S) | L.size() | (B ? I : I) | int(D) | int(string(I)) | S.indexOf(S)
        | math.abs(I) | S.lastIndexOf(S) | L.filter(x, x > I)[0] | math.greatest(I, I)""",
    "D": """1.5 | 0.25 | v.d | (D + D) | (D - D) | (D * D) | double(I) | (B ? D : D) | math.floor(D)
        | math.round(D)""",
    "S": """'a' | 'Ab' | '' | v.s | v.o.s | v.t[I] | (S + S) | S.upperAscii() | S.lowerAscii() | S.trim()
        | T.join(S) | S.substring(I) | S.substring(I, I) | S.replace(S, S) | S.charAt(I) | string(I)
        | (B ? S : S) | S.split(S)[0] | S.reverse() | v.o['s'] | T.map(x, x + S)[0]""",
    "B": """true | false | v.b | (B && B) | (B or B) | !(B) | (I < I) | (v.i >= D) | (S <= S) | (I == I)
        | (v.j == D) | (S != S) | (L == L) | (T == T) | (I in L) | (S in T) | ('s' in v.o) | L.all(x, x > I)
        | (B ? B : B) | L.exists(x, x == I) | L.exists_one(x, x % 2 == I) | S.contains(S) | S.startsWith(S)
        | S.endsWith(S) | S.matches('^[aA]b?')""",
    "L": """v.l | [] | [I, I] | L.map(x, x * I) | L.filter(x, x < I) | L.map(x, x > I, x + 1) | L.reverse()
        | (L + L) | L.sort() | L.distinct() | L.slice(I, I)""",
    "T": "v.t | [S, S] | T.map(x, x.upperAscii()) | T.filter(x, x.contains(S)) | S.split(S)",
}


def templates_of(kind: str) -> list[str]:
    return [template.strip().replace(" or ", " || ") for template in TEMPLATES[kind].split("|")]


@st.composite
def expressions(draw: st.DrawFn, kind: str | None = None, depth: int = 3) -> str:
    chosen = kind or draw(st.sampled_from("IDSBLT"))
    templates = templates_of(chosen)
    simple = [template for template in templates if not set(template) & set("IDSBLT")] or ["v.t"]
    template = draw(st.sampled_from(templates if depth else simple))
    parts = [
        draw(expressions(letter, depth - 1)) if letter in "IDSBLT" and _stands_alone(template, at) else letter
        for at, letter in enumerate(template)
    ]
    return "".join(parts)


def _stands_alone(template: str, at: int) -> bool:
    around = template[max(0, at - 1) : at] + template[at + 1 : at + 2]
    return not any(character.isalnum() or character in "'" for character in around)


@dataclass(frozen=True, slots=True)
class Failed:
    """Some failure; which one is not compared."""


def ours(source: str) -> object:
    try:
        return compile_expression(source, VARIABLES).evaluate({"v": VALUES})
    except ExprFault:
        return Failed()


def theirs(source: str) -> object:
    context = cel.Context({"v": VALUES}, dict(STDLIB_FUNCTIONS))
    try:
        return cel.compile(source).execute(context)
    except (TypeError, ValueError, KeyError, IndexError, RuntimeError, OverflowError, ZeroDivisionError):
        return Failed()


def test_random_expressions_give_what_the_library_gives() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=1_500, deadline=None, database=None)
    @given(expressions())
    def compare(source: str) -> None:
        if check_expression(source, VARIABLES):
            seen["refused"] += 1
            return
        result = ours(source)
        seen["failed" if result == Failed() else "computed"] += 1
        assert result == theirs(source)

    compare()
    print(dict(seen))
    assert seen["computed"] > 500
