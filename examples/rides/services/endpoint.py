"""One HTTP API of a service: method, path, who answers; and how an answer is written as JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeGuard

import orjson
from aiohttp.web import Request, Response

from examples.rides.unit import Unit

Json = dict[str, object]
Handler = Callable[[Unit, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`keyed`: refused without the header x-api-key."""

    method: str
    path: str
    answer: Handler
    keyed: bool = True


def reply(content: object, *, status: int = 200) -> Response:
    return Response(body=orjson.dumps(content), status=status, content_type="application/json")


async def read_object(request: Request) -> Json:
    """The request's JSON body; empty when it is no object: then its fields are what is missing."""
    try:
        body: object = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return body if is_object(body) else {}


def is_object(value: object) -> TypeGuard[Json]:
    """JSON objects have string keys by the format."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def int_ids(text: str) -> list[int]:
    """'1001,1002' as numbers; what is no number names nothing and is left out."""
    return [int(part) for part in text.split(",") if part.isdecimal()]


def text_field(body: Json, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def int_field(body: Json, name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
