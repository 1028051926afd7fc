"""A client of the gateway as tests need it: GraphQL over HTTP, the whole answer kept."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

JSON_TYPE = "application/json"
RESPONSE_TYPE = "application/graphql-response+json"

PUBLISH = """
mutation Publish($input: ResourcesInput!) {
  publishResources(input: $input) { name unit version sdl revision publishedBy history { version reason } }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer of the gateway. `data` and `errors` are JSON that each test knows the shape of."""

    status: int
    headers: httpx.Headers
    text: str
    data: Any  # JSON
    errors: Sequence[Any]  # JSON

    @property
    def codes(self) -> list[str]:
        """The errors' codes, sorted: their order is not promised."""
        return sorted(error["extensions"]["code"] for error in self.errors)

    def code_at(self, *path: str | int) -> str:
        """The code of the one error with this path."""
        [error] = [error for error in self.errors if error.get("path") == list(path)]
        return error["extensions"]["code"]


class Client:
    """Asks one gateway over one pool of connections."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        operation: str | None = None,
    ) -> Reply:
        body = {"query": query, "variables": variables or {}, "operationName": operation}
        response = await self.http.post("/graphql", json=body, headers=headers)
        return reply_of(response)

    async def publish(
        self,
        sdl: str,
        *,
        module: str = "case",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> Reply:
        """Publish a module; tests that share a gateway publish theirs over the last one's."""
        given = {"module": module, "sdl": sdl, **(more or {})}
        return await self.ask(PUBLISH, {"input": given}, headers=headers)

    async def serve(self, sdl: str, *, module: str = "case", **more: object) -> Any:  # JSON
        """Publish a module that is right; return what was published. `more` is of the input."""
        reply = await self.publish(sdl, module=module, more=more)
        assert not reply.errors, reply.errors[:3]
        return reply.data["publishResources"]

    async def data(
        self, query: str, variables: Mapping[str, object] | None = None, **headers: str
    ) -> Any:  # JSON
        """Ask what has an answer without errors; headers are keywords, `_` standing for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = await self.ask(query, variables, headers=named)
        assert not reply.errors, reply.errors[:3]
        return reply.data


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[Client]:
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    async with httpx.AsyncClient(
        base_url=url, timeout=30, limits=limits, trust_env=False, headers={"accept": RESPONSE_TYPE}
    ) as http:
        yield Client(http)


def reply_of(response: httpx.Response) -> Reply:
    body: Any = response.json() if "json" in response.headers.get("content-type", "") else {}
    return Reply(
        status=response.status_code,
        headers=response.headers,
        text=response.text,
        data=body.get("data"),
        errors=body.get("errors", []),
    )
