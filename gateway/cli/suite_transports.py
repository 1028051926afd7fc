"""The two sides of a suite: a transport that answers from it, and one that writes real answers into it."""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from engine.problem import Problem
from engine.resource.calls import UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE, Answer, Call, CallFailed, Transport
from gateway.cli.suite_files import CallEntry

UNEXPECTED = "CALL_UNEXPECTED"


class Replay:
    """Answers each call of a case once, by its method and URL; `problems` is what was asked otherwise."""

    def __init__(self, calls: tuple[CallEntry, ...]) -> None:
        self._left = list(calls)
        self.problems: list[Problem] = []

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        del timeout_s  # nothing is waited for
        asked = f"{call.method} {call.url}"
        alike = [entry for entry in self._left if entry.request == asked]
        if not alike:
            self._note(UNEXPECTED, f"{asked} is asked, which the case does not say")
            raise CallFailed(code=UNEXPECTED, message="the case does not say this call", retryable=False)
        entry = min(alike, key=lambda each: len(list(_differences(each, call))))
        self._left.remove(entry)
        for difference in _differences(entry, call):
            self._note("CALL_DIFFERS", f"{asked}: {difference}")
        if entry.fails is not None:
            passing = entry.fails in (UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT)
            raise CallFailed(code=entry.fails, message="the API fails, as the case says", retryable=passing)
        return _answer_of(entry)

    async def close(self) -> None:
        """Note what was not asked."""
        for entry in self._left:
            self._note("CALL_MISSING", f"{entry.request} is not asked")

    def _note(self, code: str, message: str) -> None:
        self.problems.append(Problem(code=code, message=message))


class Recording:
    """Carries calls to the real APIs and keeps them; `masks` are real secrets, by what stands for them."""

    def __init__(self, transport: Transport, *, masks: Mapping[str, str], kept: frozenset[str]) -> None:
        self._transport = transport
        self._masks = sorted(masks.items(), key=lambda pair: len(pair[1]), reverse=True)
        self._kept = kept
        self.calls: list[CallEntry] = []

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        try:
            answer = await self._transport.send(call, timeout_s=timeout_s)
        except CallFailed as failed:
            self._keep(call, {"fails": failed.code})
            raise
        headers = {name: ", ".join(values) for name, values in answer.headers.items() if name in self._kept}
        if not _is_json(answer):
            headers["content-type"] = ", ".join(answer.headers.get("content-type", ()))
        said = {"status": answer.status, "answer": _value_of(answer.body), "answer_headers": headers}
        self._keep(call, {name: value for name, value in said.items() if value not in (None, {}, 200)})
        return answer

    async def close(self) -> None:
        await self._transport.close()

    def _keep(self, call: Call, said: Mapping[str, object]) -> None:
        asked: dict[str, object] = {
            "request": f"{call.method} {call.url}",
            "headers": dict(call.headers),
            "body": _value_of(call.body or b""),
        }
        text = orjson.dumps({**asked, **said}).decode()
        self.calls.append(CallEntry.model_validate_json(self.mask(text)))

    def mask(self, text: str) -> str:
        """JSON text with every secret replaced, as it is and as a URL writes it."""
        for shown, secret in self._masks:
            written = orjson.dumps(secret).decode()[1:-1]
            text = text.replace(written, shown).replace(quote(secret, safe=""), shown)
        return text


def _differences(entry: CallEntry, call: Call) -> list[str]:
    sent = {name.lower(): value for name, value in call.headers}
    wrong = [
        f"header '{name}' is {sent.get(name.lower(), 'not sent')!r}, not {value!r}"
        for name, value in entry.headers.items()
        if sent.get(name.lower()) != value
    ]
    body = _value_of(call.body or b"")
    return [*wrong, f"the body is {body!r}, not {entry.body!r}"] if body != entry.body else wrong


def _answer_of(entry: CallEntry) -> Answer:
    headers = {name.lower(): (value,) for name, value in entry.answer_headers.items()}
    if entry.answer is None:
        return Answer(entry.status, headers, b"")
    if isinstance(entry.answer, str) and "content-type" in headers:
        return Answer(entry.status, headers, entry.answer.encode())
    headers.setdefault("content-type", ("application/json",))
    return Answer(entry.status, headers, orjson.dumps(entry.answer))


def _is_json(answer: Answer) -> bool:
    stated = answer.headers.get("content-type", ("application/json",))
    return not answer.body or any("json" in value for value in stated)


def _value_of(body: bytes) -> object:
    """JSON as what it means, anything else as text."""
    if not body:
        return None
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
    return value
