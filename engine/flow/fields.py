"""Read one JSON object key by key: each getter notes what is wrong and gives a usable value all the same."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice
from typing import cast

from engine.flow.model import Call, Json, JsonObject, Mapped, Read
from engine.problem import Problem, Severity

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MAX_KEY = 200  # characters
FORBIDDEN_IN_KEYS = re.compile(r"[/\x00-\x1f\x7f]|^\s|\s$")  # a key is a step of a problem's path


MAX_PROBLEMS = 500  # beyond it, nobody reads on
SUGGESTED = 50  # problems that get the nearest name, of
COMPARED = 500  # names: finding it costs about 20 µs a name


class Problems:
    """All problems of one reading, each once, in the order found."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}

    @property
    def found(self) -> list[Problem]:
        return list(self._found)

    def add(
        self,
        code: str,
        message: str,
        path: str | None,
        *,
        suggestion: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.put(Problem(code=code, message=message, path=path, suggestion=suggestion, severity=severity))

    def put(self, problem: Problem) -> None:
        if len(self._found) >= MAX_PROBLEMS:
            message = f"only the first {MAX_PROBLEMS} problems are told"
            problem = Problem(code="TOO_MANY_PROBLEMS", message=message)
        self._found[problem] = None

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """A suggestion with the known name most like this one, or nothing where none is."""
        if len(self._found) >= SUGGESTED:
            return None
        near = get_close_matches(name[:MAX_KEY], list(islice(known, COMPARED)), n=1, cutoff=0.6)
        return f"Did you mean '{near[0]}'?" if near else None


def kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case _:
            return "an object"


def is_key(text: str) -> bool:
    return 0 < len(text) <= MAX_KEY and not FORBIDDEN_IN_KEYS.search(text)


class Fields:
    """One object of the source. A key that no getter asked for is unknown: `close` reports it."""

    def __init__(self, raw: JsonObject, path: str | None, problems: Problems) -> None:
        self.raw = raw
        self.path = path
        self.problems = problems
        self._asked: set[str] = set()

    def at(self, name: str) -> str:
        return f"{self.path}/{name}" if self.path else name

    def report(self, code: str, message: str, name: str, suggestion: str | None = None) -> None:
        self.problems.add(code, message, self.at(name), suggestion=suggestion)

    def take(self, name: str) -> Json:
        """The value as it is; null and left out are the same."""
        self._asked.add(name)
        return self.raw.get(name)

    def has(self, name: str) -> bool:
        return self.take(name) is not None

    def close(self) -> None:
        for name in (name for name in self.raw if name not in self._asked):
            message = f"there is no key '{name[:MAX_KEY]}' here"
            self.report("UNKNOWN_KEY", message, name[:MAX_KEY], self.problems.nearest(name, self._asked))

    def _wrong(self, name: str, wanted: str, value: object) -> None:
        self.report("WRONG_TYPE", f"'{name}' must be {wanted}, not {kind_of(value)}", name)

    def text(self, name: str) -> str | None:
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(name, "a text", value)
            return None
        if not value.strip():
            self.report("EMPTY_TEXT", f"'{name}' is empty: give it a value or leave it out", name)
            return None
        return value

    def required(self, name: str) -> str:
        """A text that must be there; empty where it is missing, which is then reported here alone."""
        if not self.has(name):
            self.report("REQUIRED", f"'{name}' is required", name)
        return self.text(name) or ""

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            self._wrong(name, "a boolean", value)
        return value if isinstance(value, bool) else default

    def whole(self, name: str, within: range, *, default: int) -> int:
        value = self.take(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(name, "a whole number", value)
        elif value not in within:
            self.report("OUT_OF_RANGE", f"'{name}' must be from {within[0]} to {within[-1]}", name)
        else:
            return value
        return default

    def choice(self, name: str, options: Collection[str], *, default: str) -> str:
        value = self.text(name)
        if value is None or value in options:
            return value or default
        listed = " or ".join(f"'{option}'" for option in options)
        self.report(
            "UNKNOWN_VALUE", f"'{name}' must be {listed}", name, self.problems.nearest(value, options)
        )
        return default

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of different texts; None where it is left out."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, list):
            self._wrong(name, "a list of texts", value)
            return None
        for item in value:
            if not isinstance(item, str) or not item:
                self.report("WRONG_TYPE", f"'{name}' must hold texts, not {kind_of(item)}", name)
        texts = [item for item in value if isinstance(item, str) and item]
        if len(set(texts)) < len(texts):
            self.report("LISTED_TWICE", f"'{name}' names the same twice", name)
        return tuple(dict.fromkeys(texts))

    def free(self, name: str) -> JsonObject | None:
        """An object whose content is not ours to know."""
        value = self.take(name)
        if value is None or isinstance(value, dict):
            return value
        self._wrong(name, "an object", value)
        return None

    def object(self, name: str) -> "Fields | None":
        value = self.free(name)
        return None if value is None else Fields(value, self.at(name), self.problems)

    def assignments(self, name: str) -> dict[str, str]:
        """Names with an expression each."""
        given = self.object(name)
        return {} if given is None else {key: text for key in given.raw if (text := given.required(key))}

    def mapped(self, name: str) -> Mapped:
        value = self.take(name)
        if value is None or value == "full":
            return "full"
        if isinstance(value, dict):
            return self.assignments(name)
        if value != "none":
            self.report("UNKNOWN_VALUE", f"'{name}' must be 'none', 'full' or an object", name)
        return "none"

    def call(self, name: str) -> Call | None:
        given = self.object(name)
        if given is None:
            return None
        call = _call(given)
        given.close()
        return call

    def reads(self, name: str) -> dict[str, Read]:
        given = self.object(name)
        if given is None:
            return {}
        entries = {key: entry for key in given.raw if (entry := given.object(key)) is not None}
        for key in given.raw:
            if not IDENTIFIER.fullmatch(key):
                given.report("NAME_INVALID", "a read's name is letters, digits and '_'", key[:MAX_KEY])
        return {key: _read(entry) for key, entry in entries.items()}


def _call(given: Fields) -> Call:
    return Call(query=given.required("query"), variables=given.assignments("variables"))


def _read(given: Fields) -> Read:
    call, value = _call(given), given.text("value")
    given.close()
    return Read(call=call) if value is None else Read(call=call, value=value)


def as_object(value: object) -> JsonObject | None:
    """The value, once `find_excess` has found nothing in it, if it is an object."""
    return cast("JsonObject", value) if isinstance(value, dict) else None
