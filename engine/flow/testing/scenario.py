"""What a test gives a flow, and what it expects of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeAlias, cast

from engine.flow.instance import InstanceStatus, Variables
from engine.flow.model import Duration, Json, JsonObject

TASK, MESSAGE, CORRELATION, WAIT = "$task", "$message", "$correlation", "$wait"
_WORDS = (TASK, MESSAGE, CORRELATION, WAIT)

Open = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitAnswer:
    """Commits a task: the one named, else the first that was opened. `open`: the tasks that are open then."""

    values: Variables = field(default_factory=Variables)
    task: str | None = None
    open: Open | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswer:
    name: str
    variables: Variables = field(default_factory=Variables)
    correlation: Variables = field(default_factory=Variables)
    open: Open | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitAnswer:
    """Time passes, and what becomes due in it happens. Else only timers pass that all else waits for."""

    duration: Duration
    open: Open | None = None


Answer: TypeAlias = CommitAnswer | MessageAnswer | WaitAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must hold at the end; a part that is not given may be anything. `variables` are among them."""

    status: InstanceStatus | None = None
    tasks: Open | None = None
    variables: JsonObject = field(default_factory=dict[str, "Json"])
    passes: Sequence[str] = ()
    avoids: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`resources` as `mocks.py` says."""

    variables: Variables = field(default_factory=Variables)
    answers: Sequence[Answer] = ()
    resources: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    expected: Expected = field(default_factory=Expected)
    case_id: str | None = None


def answer_of(raw: object) -> Answer:
    """An answer as `testFlow` is given it: an object of what to commit. `$task` names the task; `$message`
    (with `$correlation`) sends a message of these variables; `$wait` lets a duration pass.

    Raises ValueError with a sentence.
    """
    if not isinstance(raw, Mapping):
        raise ValueError("an answer is an object of what to commit")
    given = dict(cast("Mapping[str, Json]", raw))  # keys of JSON objects are texts
    words = {name: given.pop(name) for name in list(given) if name.startswith("$")}
    for word in words:
        if word not in _WORDS:
            near = get_close_matches(word, _WORDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_WORDS)}"
            raise ValueError(f"{word} is unknown: {hint}")
    if WAIT in words:
        return WaitAnswer(duration=_text(words, WAIT))
    if MESSAGE in words:
        correlation = words.get(CORRELATION) or {}
        if not isinstance(correlation, dict):
            raise ValueError(f"{CORRELATION} is an object of values")
        return MessageAnswer(name=_text(words, MESSAGE), variables=given, correlation=correlation)
    return CommitAnswer(values=given, task=_text(words, TASK) if TASK in words else None)


def _text(words: Mapping[str, Json], name: str) -> str:
    value = words[name]
    if not isinstance(value, str):
        raise ValueError(f"{name} is a text")
    return value
