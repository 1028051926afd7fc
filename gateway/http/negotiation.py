"""GraphQL over HTTP: which media type to answer with, and what a request asks for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, cast
from urllib.parse import parse_qs

import orjson

GRAPHQL_RESPONSE = "application/graphql-response+json; charset=utf-8"
JSON_RESPONSE = "application/json; charset=utf-8"
HTML = "text/html"
MAX_PARAMETERS = 20  # of a URL; the protocol has four


class BadRequest(Exception):
    """The request is not one of GraphQL over HTTP; the message says what to send."""

    def __init__(self, message: str, *, status: int = 400, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Parameters(NamedTuple):  # one per request: a tuple costs a third of a frozen dataclass
    """What a request asks for, of the right JSON types; nothing of it is parsed as GraphQL yet.

    `query` is empty where the extension `persistedQuery` names it.
    """

    query: str
    variables: Mapping[str, object]
    operation_name: str | None
    extensions: Mapping[str, object]


@lru_cache(maxsize=256)  # pure; clients send the same few headers again and again
def response_type(accept: str | None) -> str:
    """The media type of the answer. Raises BadRequest (406) where the client takes none of ours."""
    if not accept or accept == "*/*" or accept.startswith("application/json"):
        return JSON_RESPONSE
    if accept.startswith("application/graphql-response+json"):
        return GRAPHQL_RESPONSE
    best, best_quality = None, 0.0
    for entry in accept.split(","):
        media, _, rest = entry.partition(";")
        quality = _quality(rest)
        chosen = _ANSWERS.get(media.strip().lower())
        if chosen is not None and quality > best_quality:
            best, best_quality = chosen, quality
    if best is None:
        raise BadRequest("accept application/graphql-response+json or application/json", status=406)
    return best


_ANSWERS = {
    "application/graphql-response+json": GRAPHQL_RESPONSE,
    "application/json": JSON_RESPONSE,
    "application/*": JSON_RESPONSE,
    "*/*": JSON_RESPONSE,
}


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def wants_page(accept: str | None) -> bool:
    """Whether a browser asks for a page rather than for data."""
    return accept is not None and HTML in accept and "json" not in accept


def read_post(content_type: str | None, body: bytes) -> Parameters:
    """The parameters of a POST request."""
    _check_content_type(content_type)
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest("the body is not valid JSON") from error
    if isinstance(parsed, list):
        raise BadRequest("batches of operations are not accepted; send one request for each")
    if not isinstance(parsed, dict):
        raise BadRequest('the body is not an object; send {"query": "…", "variables": {…}}')
    return parameters_of(cast("dict[str, object]", parsed))


@lru_cache(maxsize=256)  # pure; clients send the same few headers again and again
def _check_content_type(content_type: str | None) -> None:
    media, _, rest = (content_type or "").partition(";")
    if media.strip().lower() != "application/json":
        raise BadRequest("send the body as application/json", status=415)
    charset = rest.lower().partition("charset=")[2].strip(' "')
    if charset and charset not in ("utf-8", "utf8"):
        raise BadRequest("send the body in UTF-8", status=415)


def read_get(query_string: str) -> Parameters:
    """The parameters of a GET request; variables and extensions are JSON in the URL."""
    try:
        given = parse_qs(query_string, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise BadRequest("the URL has too many parameters") from error
    parsed: dict[str, object] = {}
    for name in ("query", "operationName"):
        if name in given:
            parsed[name] = given[name][0]
    for name in ("variables", "extensions"):
        if given.get(name, [""])[0]:
            try:
                parsed[name] = orjson.loads(given[name][0])
            except orjson.JSONDecodeError as error:
                raise BadRequest(f"{name} in the URL is not valid JSON") from error
    if parsed.get("operationName") == "":
        del parsed["operationName"]
    return parameters_of(parsed)


def parameters_of(parsed: Mapping[str, object]) -> Parameters:
    """Of a request's JSON object. Raises BadRequest for what has other types."""
    extensions = _mapping(parsed, "extensions")
    query = parsed.get("query")
    if not query and "persistedQuery" in extensions:
        query = ""  # its hash stands for it
    elif not isinstance(query, str) or not query:
        raise BadRequest("'query' must be a string with a GraphQL document")
    name = parsed.get("operationName")
    if name is not None and not isinstance(name, str):
        raise BadRequest("'operationName' must be a string")
    return Parameters(query, _mapping(parsed, "variables"), name, extensions)


def _mapping(parsed: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = parsed.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"'{name}' must be an object")
    return cast("dict[str, object]", value)
