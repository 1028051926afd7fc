"""Hold our answer to graphql-core's.

`data` must be equal, the order of keys included. Of errors the GraphQL specification leaves open which of
several in a nulled subtree are reported. So every error is laid at its *null point*, the shortest prefix of
its path at which `data` is null, and:

* an error whose null point is its own path (nothing propagated) must be in both answers, path and code equal;
* where a null was propagated, both answers must have at least one error at or below that null point;
* who may not see a field is not told that its arguments are wrong, so a denial may stand for BAD_USER_INPUT;
* of a mutation whose `data` are null the fields after the failed one may have run, or not.

Calls: a query sends nothing twice and asks no batch for a key twice; a mutation sends its root calls in
order. Where graphql-core met no error it saw everything that was asked for, and then ours asked each API
exactly what the naive execution asked it: nothing else, and nothing is missing.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import cast

from graphql import OperationType

from engine.resource.plan.writing import MAX_ERRORS
from tests.properties.cases import Outcome
from tests.properties.oracle import code_of

Path = tuple[str | int, ...]
Located = tuple[Path, str]
DENIALS = ("ACCESS_DENIED", "UNAUTHENTICATED")


def differences(outcome: Outcome) -> list[str]:
    """What is wrong with our answer, in words; empty if nothing is."""
    found: list[str] = []
    if json.dumps(outcome.expected.data) != json.dumps(outcome.ours["data"]):
        found.append("data differ")
    else:
        found += _differences_of_errors(outcome)
    found += _differences_of_calls(outcome)
    return found


def expected_errors(outcome: Outcome) -> list[Located]:
    return [(tuple(error.path or ()), code_of(error)) for error in outcome.expected.errors or ()]


def our_errors(outcome: Outcome) -> list[Located]:
    errors = cast("list[dict[str, object]]", outcome.ours.get("errors", []))
    return [
        (
            tuple(cast("list[str | int]", error.get("path", []))),
            str(cast("dict[str, object]", error["extensions"])["code"]),
        )
        for error in errors
    ]


def null_point(data: object, path: Path) -> Path:
    """The shortest prefix of a path at which the data are null."""
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[key]  # type: ignore[index] # a path leads through lists and objects
    return path


def _differences_of_errors(outcome: Outcome) -> Iterator[str]:
    ours = our_errors(outcome)
    theirs = [e for error in expected_errors(outcome) for e in _denied_first(outcome, error, ours)]
    if max(len(theirs), len(ours)) >= MAX_ERRORS:
        return
    data = outcome.expected.data
    for code, count in Counter(ours).items():
        if count > 1:
            yield f"reported {count} times: {code}"
    direct = ({e for e in errors if null_point(data, e[0]) == e[0]} for errors in (theirs, ours))
    theirs_here, ours_here = direct
    points = ({null_point(data, path) for path, _ in errors} for errors in (theirs, ours))
    theirs_at, ours_at = points
    for point in theirs_at - ours_at:
        yield f"no error of ours explains the null at {point}"
    for point in ours_at - theirs_at:
        yield f"an error of ours at {point} that graphql-core does not have"
    propagated = {null_point(data, path) for path, _ in (*theirs, *ours) if null_point(data, path) != path}
    for path, code in theirs_here ^ ours_here:
        if path not in propagated:
            yield f"{code} at {path} is only in {'ours' if (path, code) in ours_here else 'theirs'}"


def _denied_first(outcome: Outcome, error: Located, ours: list[Located]) -> list[Located]:
    """An error of theirs; for one of arguments the denial that ours told instead, or kept to itself."""
    path, code = error
    if code != "BAD_USER_INPUT" or error in ours:
        return [error]
    told = [(place, denial) for place, denial in ours if place == path and denial in DENIALS]
    types = outcome.case.stage.model.types.values()
    rules = [spec.rule for spec in types] + [field.rule for spec in types for field in spec.fields.values()]
    silent = any(rule is not None and rule.silent for rule in rules)
    return told or ([] if silent else [error])


def _differences_of_calls(outcome: Outcome) -> Iterator[str]:
    asked, oracle = outcome.transport.asked, outcome.oracle
    query = outcome.case.document.operation.kind is OperationType.QUERY
    if query:
        for one, count in Counter(asked).items():
            if count > 1:
                yield f"asked {count} times: {one}"
        for call, count in Counter(outcome.transport.calls).items():
            if count > 1:
                yield f"sent {count} times: {call}"
    if not query:
        wrote = [one for one in asked if _method(outcome, one[0]) == "PUT"]
        if wrote[: len(oracle.wrote)] != oracle.wrote or (outcome.ours["data"] and wrote != oracle.wrote):
            yield f"writes differ: {wrote} instead of {oracle.wrote}"
    if not outcome.expected.errors:
        for one in set(asked) - oracle.asked:
            yield f"nobody needed {one}"
        for one in oracle.asked - set(asked):
            yield f"never asked {one}"
    for calls, bound in outcome.bounds.broken:
        yield f"{calls} calls where the plan allows {bound}"


def _method(outcome: Outcome, api: str) -> str:
    return outcome.case.stage.model.apis[api].method
