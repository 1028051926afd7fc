"""Comparing and combining: eq ne gt gte lt lte and or not in contains."""

import operator
from collections.abc import Callable
from typing import Any  # what `operator` compares

from engine.resource.mapping.methods.method import Build, Site, Unfit
from engine.resource.mapping.run import Run, Step
from engine.resource.mapping.values import MISSING, Json, Value, kind_of


def eq(run: Run, subject: Json, other: Json) -> bool:
    """Whether two values are the same JSON; 1 and 1.0 are, 1 and true are not."""
    return run.equal(subject, other)


def ne(run: Run, subject: Json, other: Json) -> bool:
    return not run.equal(subject, other)


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Json, Json], bool]:
    """Numbers with numbers, strings with strings by code points."""

    def method(subject: Json, other: Json) -> bool:
        kinds = {kind_of(subject), kind_of(other)}
        if kinds not in ({"number"}, {"string"}):
            raise Unfit(f"compares two numbers or two strings, not {' and '.join(sorted(kinds))}")
        return compare(subject, other)

    return method


gt = ordered(operator.gt)
gte = ordered(operator.ge)
lt = ordered(operator.lt)
lte = ordered(operator.le)


def negate(subject: Json) -> bool:
    if not isinstance(subject, bool):
        raise Unfit(f"needs a boolean, not a {kind_of(subject)}")
    return not subject


def is_in(run: Run, subject: Json, options: Json) -> bool:
    if not isinstance(options, list):
        raise Unfit(f"needs a list to look in, not a {kind_of(options)}")
    return any(run.equal(subject, option) for option in options)


def contains(run: Run, subject: Json, part: Json) -> bool:
    """Whether a list has the item, or a string the substring."""
    if isinstance(subject, list):
        return any(run.equal(item, part) for item in subject)
    if isinstance(subject, str) and isinstance(part, str):
        return part in subject
    raise Unfit(f"needs a list or two strings, not a {kind_of(subject)}")


def combine(stop: bool) -> Build:
    """`and` stops at the first false, `or` at the first true; all values must be booleans."""

    def build(site: Site) -> Step:
        def step(subject: Json, dollar: Json, run: Run) -> Value:
            value: Value = subject
            for arg in (None, *site.args):
                if arg is not None:
                    value = arg(subject, dollar, run)
                if value is MISSING or not isinstance(value, bool):
                    kind = "missing value" if value is MISSING else kind_of(value)
                    return site.note(run, f"needs booleans, not a {kind}")
                if value is stop:
                    return stop
            return not stop

        return step

    return build
