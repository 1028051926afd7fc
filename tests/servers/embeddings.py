"""A real HTTP server that answers embeddings: texts lie near each other that speak of the same thing."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson

from tests.servers.upstream import Upstream, answer_with, serve_upstream
from tests.servers.wire import Behaviour, Received

PATH = "/v1/embeddings"
THINGS = (("bike", "bicycle", "单车", "自行车"), ("refund", "money back", "退款"), ("umbrella", "雨伞"))


def vector_of(text: str) -> list[float]:
    """A number for each thing that it speaks of, and a little for all that it says."""
    return [float(any(word in text.lower() for word in words)) + 0.01 for words in THINGS]


def embed(request: Received) -> bytes:
    texts = orjson.loads(request.body)["input"]
    data = [{"index": nth, "embedding": vector_of(text)} for nth, text in enumerate(texts)]
    return orjson.dumps({"object": "list", "data": data[::-1], "model": "things"})


@asynccontextmanager
async def serve_embeddings(behaviour: Behaviour | None = None) -> AsyncGenerator[Upstream]:
    async with serve_upstream({PATH: behaviour or answer_with(embed)}) as upstream:
        yield upstream
