"""Random upstream APIs: an answer is decided by a seed, the API and what it is sent, and by nothing else."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.resource.calls import (
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    Answer,
    Call,
    CallFailed,
)
from tests.properties.model import COLORS, ENUM, Api, Entry, Model, ObjectMap, Ref

TEXTS = ("a", "B c", "é/ü", "x&y=z", "", "中文", "a")
KEYS: tuple[object, ...] = (1, 2, 3, "1", "k2", 4)
WRONG: tuple[object, ...] = (7, "text", {}, [], True, [{}], {"id": 1}, 2.5)
Sent = Mapping[str, object]


class Reply(NamedTuple):
    """`code`: the failure that clients see, None for success with `value`."""

    code: str | None
    value: object = None


@dataclass(slots=True, kw_only=True)
class World:
    """`chaos`: how often values are null, missing or of the wrong type. `version` counts the writes."""

    seed: str
    chaos: float
    model: Model
    version: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def reply(self, api: Api, sent: Sent) -> Reply:
        """The answer to a call that is no batch."""
        failure = self._failure(self._rng(api, sent))
        if failure is not None:
            return Reply(failure)
        rng = self._rng(api, {"value": sent})
        if rng.random() < self.chaos / 3:
            return Reply(None, rng.choice((None, *WRONG)))
        value = self.value(rng, api.ref, 0, api.made, clean=api.clean)
        for key in reversed(api.keys):
            value = {key: value}
        return Reply(None, value)

    def batch_failure(self, api: Api) -> Reply | None:
        """Whether every batch of an API fails; one that answers something else than a list fails too."""
        rng = self._rng(api, {})
        failure = self._failure(rng)
        if failure is not None:
            return Reply(failure)
        return Reply("MAPPING_ERROR", rng.choice((None, 7, {}))) if rng.random() < self.chaos / 3 else None

    def items(self, api: Api, key: str) -> list[dict[str, object]]:
        """What a batch holds for one key, in order: none, one, or several of which the first counts."""
        assert api.batch is not None, "only batches have items"
        assert api.made is not None, "items are objects"
        rng = self._rng(api, {"key": key})
        if api.batch.key is None:
            count = rng.choices((0, 1, 2), (self.chaos, 0.9, 0.1))[0]
        else:
            count = rng.choice((0, 1, 2, 3))
        items: list[dict[str, object]] = []
        for _ in range(count):
            item = self._object(rng, api.made, junk=False)
            echoed = int(key) if key.isdigit() and rng.random() < 0.5 else key
            if api.batch.key is not None:
                item[api.batch.key] = echoed
            else:
                place = next(entry.keys for entry in api.made.entries if entry.field == "id")
                put(item, place, echoed)
            items.append(item)
        return items

    def _rng(self, api: Api, sent: Sent) -> Random:
        return Random(f"{self.seed}|{self.version}|{api.id}|{json.dumps(sent, sort_keys=True)}")

    def _failure(self, rng: Random) -> str | None:
        codes = ("UPSTREAM_STATUS", "UPSTREAM_BODY", UPSTREAM_TIMEOUT, UPSTREAM_UNREACHABLE)
        return rng.choice(codes) if rng.random() < self.chaos else None

    # ------------------------------------------------------------------ values
    def value(self, rng: Random, ref: Ref, level: int, made: ObjectMap | None, *, clean: bool) -> object:
        """A value of a type, or what a careless API sends in its place."""
        chance = rng.random()
        if chance < self.chaos / (3 if ref.required[level] else 1):
            return None
        if chance > 1 - self.chaos / 2 and not clean:
            return rng.choice(WRONG)
        if level < ref.depth:
            count = rng.choice((0, 1, 2, 2, 3))
            return [self.value(rng, ref, level + 1, made, clean=clean) for _ in range(count)]
        return self._object(rng, made, junk=True) if made is not None else _leaf(rng, ref.name)

    def _object(self, rng: Random, made: ObjectMap, *, junk: bool) -> dict[str, object]:
        value: dict[str, object] = {}
        entries = made.entries
        if made.kinds:
            value["kind"] = kind = rng.choice(tuple(made.kinds))
            entries += made.kinds[kind]
            if junk and rng.random() < self.chaos / 3:
                value["kind"] = rng.choice(("Nobody", None, 3, "Query"))
        for entry in entries:
            if rng.random() >= self.chaos / 3:
                put(value, entry.keys, self._entry(rng, entry))
        return value

    def _entry(self, rng: Random, entry: Entry) -> object:
        if entry.field == "id":
            lost = rng.random() < (self.chaos / 2)
            return None if lost else rng.choice(KEYS)
        return self.value(rng, entry.ref, 0, entry.made, clean=entry.clean)


def put(value: dict[str, object], keys: tuple[str, ...], member: object) -> None:
    for key in keys[:-1]:
        value = value.setdefault(key, {})  # type: ignore[assignment] # a place of our own making
    value[keys[-1]] = member


def _leaf(rng: Random, name: str) -> object:
    match name:
        case "Int":
            return rng.choice((0, 1, 12, -3))
        case "Float":
            return rng.choice((0.5, 2, 3.0, -1.25))
        case "Boolean":
            return rng.choice((True, False))
        case "ID":
            return rng.choice(KEYS)
        case "JSON":
            return rng.choice((1, "j", [1, None], {"a": {"b": 1}}))
        case "DateTime":
            return "2024-05-06T07:08:09Z"
        case _:
            return rng.choice(COLORS) if name == ENUM else rng.choice(TEXTS)


class WorldTransport:
    """The world behind HTTP: takes calls apart, answers batches shuffled, and keeps a record."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: list[Call] = []
        self.asked: list[tuple[str, str]] = []  # API, and what it was sent or one key of a batch

    async def send(self, call: Call, *, timeout_s: float) -> Answer:
        self.calls.append(call)
        api, sent = self._read(call)
        if call.method == "PUT":
            self.world.version += 1
        reply = self._batch(api, sent) if api.batch is not None else self._single(api, sent)
        match reply.code:
            case None | "MAPPING_ERROR":
                headers = {"content-type": ("application/json",)}
                empty = reply.value is None and len(self.calls) % 2
                return Answer(200, headers, b"" if empty else json.dumps(reply.value).encode())
            case "UPSTREAM_STATUS":
                return Answer(503, {}, b'{"error": true}')
            case "UPSTREAM_BODY":
                return Answer(200, {}, b"<html>")
            case code:
                raise CallFailed(code=code, message="no answer", retryable=True)

    async def close(self) -> None:
        return

    def _read(self, call: Call) -> tuple[Api, dict[str, object]]:
        url = urlsplit(call.url)
        _, name, *path = url.path.split("/")
        api = self.world.model.apis[name]
        sent: dict[str, object] = dict(
            parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
        )
        named = [feed.name for feed in api.feeds if feed.place == "path"]
        sent.update(zip(named, map(unquote, path), strict=True))
        sent.update({name[2:]: value for name, value in call.headers if name.startswith("x-")})
        if call.body is not None:
            sent.update(json.loads(call.body))
        return api, sent

    def _single(self, api: Api, sent: Sent) -> Reply:
        self.asked.append((api.id, json.dumps(sent, sort_keys=True)))
        return self.world.reply(api, sent)

    def _batch(self, api: Api, sent: Sent) -> Reply:
        given = sent["id"]
        keys = given.split(",") if isinstance(given, str) else [str(key) for key in given]  # type: ignore[union-attr] # a list of keys
        assert api.batch is not None, "the caller looked"
        assert len(keys) <= api.batch.max_size, "a batch is larger than the API takes"
        self.asked += [(api.id, key) for key in keys]
        failed = self.world.batch_failure(api)
        if failed is not None:
            return failed
        groups = [self.world.items(api, key) for key in keys]
        rng = Random(repr(keys))
        value: object = shuffled(rng, groups, junk=self.world.chaos > 0)
        for key in reversed(api.keys):
            value = {key: value}
        return Reply(None, value)


def shuffled(rng: Random, groups: list[list[dict[str, object]]], *, junk: bool) -> list[object]:
    """The items of all keys mixed, those of one key in their order, with things nobody asked for between."""
    queues = [list(group) for group in groups if group]
    mixed: list[object] = [None, 5] if junk else []
    while queues:
        queue = rng.choice(queues)
        mixed.append(queue.pop(0))
        queues = [left for left in queues if left]
    return mixed
