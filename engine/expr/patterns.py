"""Regular expressions for `matches()`: RE2, linear in the text, charged for the size of the pattern too."""

import math
import re
from dataclasses import dataclass
from typing import Protocol

import re2

from engine.expr.faults import ExprFault
from engine.expr.values import MAX_STRING, Work

PATTERN_MEMORY = 1 << 16  # bytes a compiled pattern may take; a person's pattern takes some thousands

_REPEATED = re.compile(r"\{(\d*),?(\d*)\}")
_WIDE = re.compile(r"\\[pP]")
_WIDE_CLASS = 50  # single characters' worth of program in a Unicode class


class Matcher(Protocol):
    def search(self, text: str, /) -> object | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern with its size after its counted repetitions are written out, taken as if all were nested."""

    matcher: Matcher
    size: int

    def is_in(self, text: str, work: Work) -> bool:
        """At worst the matcher tries the whole pattern at every character: 25 ns for each pair."""
        if len(text) > MAX_STRING:
            raise ExprFault(f"a string is longer than {MAX_STRING} characters")
        work.spend(100 + len(text) * self.size // 4)
        try:
            return self.matcher.search(text) is not None
        except UnicodeError:
            raise ExprFault("matches() was given a string that is no text") from None


def compile_pattern(pattern: str) -> Pattern:
    """Raises ValueError for what is no regular expression, or too large a one."""
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    try:
        matcher = re2.compile(pattern, options=options)
    except (re2.error, UnicodeError):
        raise ValueError("no regular expression") from None
    return Pattern(matcher=matcher, size=_size_of(pattern))


def _size_of(pattern: str) -> int:
    counts = (max(int(text or 1) for text in found.groups()) for found in _REPEATED.finditer(pattern))
    return (len(pattern) + _WIDE_CLASS * len(_WIDE.findall(pattern))) * math.prod(max(1, n) for n in counts)
