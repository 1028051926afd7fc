"""Vectors from an address that speaks OpenAI's `embeddings`, called like any API: under the egress rules."""

from collections.abc import Sequence
from typing import Annotated

import orjson
from pydantic import BaseModel, Field, ValidationError

from engine.resource.calls import Call, CallFailed, Transport
from engine.resource.egress import EgressGuard, parse_egress_allow
from engine.resource.transport import TransportLimits, open_transport, resolve_by_system
from gateway.ranking.embedding import EmbeddingsFailed
from gateway.settings import Settings

SOURCE = "embeddings"  # what `egress_allow` may name it by
MOST_TEXTS = 64
MAX_CHARS = 2_000  # of a text
ANSWER_BYTES = 20_000_000  # 64 vectors of 3,072 numbers as JSON are 4 MB
MAX_SIZE = 8_192  # numbers of a vector


class _Vector(BaseModel):
    index: Annotated[int, Field(ge=0, lt=MOST_TEXTS)]
    embedding: Annotated[list[float], Field(min_length=1, max_length=MAX_SIZE)]


class _Answer(BaseModel):
    data: list[_Vector]


class HttpEmbeddings:
    """Implements `EmbeddingProvider`."""

    most_texts = MOST_TEXTS

    def __init__(self, transport: Transport, url: str, *, model: str, key: str | None) -> None:
        self._transport = transport
        self._url = url
        self._model = model
        credentials = (("authorization", f"Bearer {key}"),) if key else ()
        self._headers = (("content-type", "application/json"), *credentials)

    @property
    def model(self) -> str:
        return f"{self._url.partition('?')[0]} {self._model}"

    async def embed(self, texts: Sequence[str], *, timeout_s: float) -> list[list[float]]:
        asked = {"model": self._model, "input": [text[:MAX_CHARS] for text in texts]}
        call = Call(SOURCE, "POST", self._url, self._headers, orjson.dumps(asked))
        try:
            answer = await self._transport.send(call, timeout_s=timeout_s)
        except CallFailed as failure:
            raise EmbeddingsFailed(failure.message) from failure
        if answer.status != 200:
            raise EmbeddingsFailed(f"the embeddings API answered {answer.status}")
        return _vectors_of(answer.body, count=len(texts))

    async def close(self) -> None:
        await self._transport.close()


def open_http_embeddings(settings: Settings) -> HttpEmbeddings:
    """For settings with `embeddings_url`, on the running event loop."""
    assert settings.embeddings_url is not None, "asked for where it is set"
    guard = EgressGuard(parse_egress_allow(",".join(settings.egress_allow)), resolve_by_system)
    transport = open_transport(
        settings.transport,
        guard,
        TransportLimits(body_bytes=ANSWER_BYTES, ratio=settings.limits.response_ratio),
        proxy=settings.egress_proxy.get_secret_value() if settings.egress_proxy else None,
    )
    return HttpEmbeddings(
        transport,
        settings.embeddings_url.get_secret_value(),
        model=settings.embeddings_model or "",
        key=settings.embeddings_key.get_secret_value() if settings.embeddings_key else None,
    )


def _vectors_of(body: bytes, *, count: int) -> list[list[float]]:
    try:
        told = sorted(_Answer.model_validate_json(body).data, key=lambda one: one.index)
    except ValidationError:
        raise EmbeddingsFailed("the embeddings API answered what is no list of vectors") from None
    sizes = {len(one.embedding) for one in told}
    if [one.index for one in told] != list(range(count)) or len(sizes) != 1:
        raise EmbeddingsFailed("the embeddings API answered other vectors than were asked for")
    return [one.embedding for one in told]
