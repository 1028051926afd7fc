"""One client that asks one thing after the other: what takes time is the server, not the crowd before it."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection

from bench.model import BenchFailure


class Asker:
    """A connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str) -> bytes:
        self._connection.request("GET", path)
        return self._answer(path)

    def ask(self, query: str) -> bytes:
        """The body of the answer to a GraphQL query."""
        body = json.dumps({"query": query})
        self._connection.request("POST", "/graphql", body, {"content-type": "application/json"})
        return self._answer(query)

    def _answer(self, asked: str) -> bytes:
        with self._connection.getresponse() as response:
            content = response.read()
        if response.status != 200:
            raise BenchFailure(f"{asked} was answered with HTTP {response.status}: {content[:300]!r}")
        return content

    def check(self, query: str, data: Mapping[str, object]) -> None:
        """Raise BenchFailure unless this is what the query gives."""
        answer = self.ask(query)
        if json.loads(answer) != {"data": data}:
            raise BenchFailure(f"{query} is answered wrongly: {answer[:300]!r}")

    def close(self) -> None:
        self._connection.close()
