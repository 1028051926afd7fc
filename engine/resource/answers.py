"""From an upstream's answer to JSON and a verdict: did it succeed, and what does its failure say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

import orjson

from engine.resource.calls import Answer
from engine.resource.mapping import Issues, Mapper
from engine.resource.model import Connector, OnError
from engine.resource.outcome import UPSTREAM_BODY, UPSTREAM_STATUS, Failure

MAX_NESTING = 64  # a deeper body is an attack on whoever walks it
JSON_TYPE = "application/json"
JSON_TYPES = ("", JSON_TYPE, "text/json")  # what does not say what it is, is JSON too


class Parsed(NamedTuple):
    """An answer whose body is JSON, or BROKEN; nothing of any one request in it, so requests may share it."""

    status: int
    headers: Mapping[str, tuple[str, ...]]
    body: object
    attempt: int = 1  # which of the calls that were made for it this answers


class Received(NamedTuple):
    """A successful answer, or one item of it: JSON and the variables its mapping may read."""

    body: object
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AnswerReader:
    """The compiled success and error mappings of one connector."""

    connector: Connector
    is_success: Mapper | None
    message: Mapper | None
    extensions: Mapper | None
    wants_headers: bool

    def read(self, answer: Parsed, variables: Mapping[str, object]) -> Received | Failure:
        """The body if the call succeeded, else the failure; the status is the upstream's own."""
        status = answer.status
        body = answer.body
        judged = self.is_success is not None or self.wants_headers
        if not judged and 200 <= status < 300 and body is not BROKEN:  # nearly all
            return Received(body, variables)
        if body is BROKEN and (self.is_success is not None or 200 <= status < 300):
            broken = self.failure(UPSTREAM_BODY, "the API's answer is not valid JSON", status)
            return broken.at_attempt(answer.attempt)
        if self.wants_headers:
            headers = {name: list(values) for name, values in answer.headers.items()}
            variables = {**variables, "$status": status, "$response": {"headers": headers}}
        if self._succeeded(status, body, variables):
            return Received(body, variables)
        failed = self._failed(status, None if body is BROKEN else body, variables)
        return failed.at_attempt(answer.attempt)

    def failure(
        self, code: str, message: str, status: int | None = None, *, retryable: bool = False, **facts: object
    ) -> Failure:
        """A failure of this API with the facts every one of them carries."""
        known: dict[str, object] = {
            **facts,
            "source": self.connector.source_name or None,
            "connector": self.connector.api,
            "httpStatus": status,
            "attempt": 1,
            "retryable": retryable,
        }
        return Failure(
            code,
            message,
            {name: fact for name, fact in known.items() if fact is not None},
            fails_parent=self.connector.on_error is OnError.FAIL,
        )

    @classmethod
    def of(cls, connector: Connector) -> "AnswerReader":
        errors = connector.errors
        return cls(
            connector,
            connector.is_success.compile() if connector.is_success else None,
            errors.message.compile() if errors is not None and errors.message else None,
            errors.extensions.compile() if errors is not None and errors.extensions else None,
            any(use.name in ("$status", "$response") for use in connector.answer_variables),
        )

    def _succeeded(self, status: int, body: object, variables: Mapping[str, object]) -> bool:
        if self.is_success is not None:
            return self.is_success(body, variables, Issues()) is True
        return 200 <= status < 300

    def _failed(self, status: int, body: object, variables: Mapping[str, object]) -> Failure:
        message = f"the API answered with status {status}"
        facts: dict[str, object] = {}
        if self.message is not None:
            mapped = self.message(body, variables, Issues())
            message = mapped if isinstance(mapped, str) else message
        if self.extensions is not None:
            mapped = self.extensions(body, variables, Issues())
            facts = cast("dict[str, object]", mapped) if isinstance(mapped, dict) else {}
        code = facts.pop("code", None)
        retryable = status in (429, 502, 503, 504)
        return self.failure(
            code if isinstance(code, str) else UPSTREAM_STATUS, message, status, retryable=retryable, **facts
        )


class _Broken:
    """A body that says JSON and is not."""


BROKEN = _Broken()


def parse_answer(answer: Answer, *, max_nesting: int = MAX_NESTING) -> Parsed:
    return Parsed(answer.status, answer.headers, parse_body(answer, max_nesting=max_nesting))


def parse_body(answer: Answer, *, max_nesting: int = MAX_NESTING) -> object:
    """Empty: null. JSON, or no content type: JSON. text/plain: a string. Anything else: null."""
    if not answer.body:
        return None
    stated = answer.headers.get("content-type")
    content_type = _media_type(stated[0]) if stated else JSON_TYPE
    if content_type == JSON_TYPE:
        try:
            body = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            return BROKEN
        long = len(answer.body) > 2 * max_nesting  # a shorter one has no room to nest so deep
        return BROKEN if long and _nested_too_deep(answer.body, body, max_nesting) else body
    if content_type == "text/plain":
        return answer.body.decode("utf-8", "replace")
    return None


@lru_cache(maxsize=256)  # pure; APIs say the same few types again and again
def _media_type(stated: str) -> str:
    """Every name of JSON as one."""
    media = stated.partition(";")[0].strip().lower()
    return JSON_TYPE if media in JSON_TYPES or media.endswith("+json") else media


_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def _nested_too_deep(raw: bytes, body: object, limit: int) -> bool:
    """Whether a value nests deeper than the limit.

    Peeling pairs of brackets off the bytes runs at C speed; only where brackets inside strings confuse it
    is the parsed value walked.
    """
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    brackets = raw.translate(None, _ALL_BUT_BRACKETS)
    for _ in range(limit):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets) and _depth_exceeds(body, limit)


def _depth_exceeds(body: object, limit: int) -> bool:
    level = [body]
    for _ in range(limit):
        level = [child for value in level for child in _children(value)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    members: list[object] = []
    if isinstance(value, dict):
        members = list(cast("dict[str, object]", value).values())
    elif isinstance(value, list):
        members = cast("list[object]", value)
    return [member for member in members if type(member) is dict or type(member) is list]
