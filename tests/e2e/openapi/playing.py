"""A real HTTP server that plays a described API: each operation answers with a document of its schema."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp.web import Application, AppRunner, Request, Response, TCPSite

from tests.e2e.openapi.documents import Documents
from tests.e2e.openapi.specs import Json

METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(slots=True, kw_only=True)
class PlayedApi:
    """`played` and `answers`: by label, GET /pets/{id}, what was asked for last and what it got."""

    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict[str, Any])  # Any: JSON
    requests: dict[str, Request] = field(default_factory=dict[str, Request])
    unknown: list[str] = field(default_factory=list[str])
    _routes: list[tuple[str, re.Pattern[str], str, Json]] = field(default_factory=list[Any])
    _documents: Documents | None = None

    def play(self, spec: Json) -> list[str]:
        """From now on this API; gives the labels of its operations."""
        self._documents = Documents(spec)
        self._routes = []
        for path, item in spec["paths"].items():
            for method in METHODS:
                if path.startswith("/") and method in self._documents.resolve(item):
                    operation = self._documents.resolve(self._documents.resolve(item)[method])
                    label = f"{method.upper()} {path}"
                    self._routes.append((method.upper(), _pattern(path), label, operation))
        # a path without holes before the one whose hole would take it
        self._routes.sort(key=lambda route: route[2].count("{"))
        self.answers.clear()
        self.requests.clear()
        self.unknown.clear()
        return [label for _, _, label, _ in self._routes]

    async def answer(self, request: Request) -> Response:
        path = request.raw_path.partition("?")[0]
        for method, pattern, label, operation in self._routes:
            if method == request.method and pattern.fullmatch(path):
                self.requests[label] = request
                return self._respond(label, operation)
        self.unknown.append(f"{request.method} {unquote(path)}")
        return Response(status=404)

    def _respond(self, label: str, operation: Json) -> Response:
        assert self._documents is not None, "something is played"
        responses = operation.get("responses", {})
        good = sorted(code for code in responses if code[0] == "2") or ["default"][: "default" in responses]
        for code in good:
            content = self._documents.resolve(responses[code]).get("content", {})
            for media, described in content.items():
                if "json" in media or media == "*/*":
                    document = self._documents.of(described.get("schema", {}))
                    self.answers[label] = document
                    body = orjson.dumps(document)
                    return Response(status=_status(code), body=body, content_type="application/json")
            if "text/plain" in content:
                self.answers[label] = "plain text"
                return Response(status=_status(code), text="plain text")
        return Response(status=204)


@asynccontextmanager
async def serve_played_api() -> AsyncGenerator[PlayedApi]:
    played = PlayedApi()
    app = Application()
    app.router.add_route("*", "/{path:.*}", played.answer)
    runner = AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await TCPSite(runner, "127.0.0.1", 0).start()
        played.address = f"127.0.0.1:{runner.addresses[0][1]}"
        yield played
    finally:
        await runner.cleanup()


def _status(code: str) -> int:
    return int(code) if code.isdecimal() else 200


def _pattern(path: str) -> re.Pattern[str]:
    pieces = re.split(r"\{[^{}]*\}", path)
    return re.compile("[^/]+".join(re.escape(piece).replace(" ", "%20") for piece in pieces))
