"""How much one request may ask for and one API may answer: the settings under `limits`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.setting_types import Count


class LimitSettings(BaseModel):
    """How much one request may ask for and one API may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    body_bytes: Count = 1_000_000
    """Bytes of a request body, unpacked; room for the text and the variables at their own limits."""
    query_bytes: Count = 64_000
    """Bytes of an operation's text; longer ones are generated and belong to trusted documents."""
    tokens: Count = 2_000
    """Lexical tokens of a document; bounds parsing before anything else has looked at it."""
    depth: Count = 12
    """Nested selections; deeper ones walk in circles."""
    aliases: Count = 30
    """Aliases in an operation; more is one request doing the work of many."""
    root_fields: Count = 20
    """Root fields of an operation, fragments expanded; each may be a call of its own."""
    directives: Count = 50
    """Directives in an operation; a screen uses a handful."""
    fields: Count = 500
    """Fields after fragments are expanded; a screen shows far fewer."""
    same_response_name: Count = 10
    """Selections of one response name at one level: their merging is quadratic."""
    cost: Count = 5_000
    """Weighted cost: object 1, mutation 10, a list counts ten times what is in it; a bound on the work."""
    variables_bytes: Count = 256_000
    """Bytes of the variables as JSON; files do not travel in variables."""
    variables_depth: Count = 32
    """Nesting of the variables; keeps their coercion shallow."""
    upstream_calls: Count = 100
    """Calls one operation may really make; a source's policy may raise it."""
    concurrent_calls: Count = 8
    """Calls at once per API and operation, so that one operation cannot flood a business unit."""
    response_bytes: Count = 5_000_000
    """Bytes of an API's answer, unpacked; more belongs behind a paged API."""
    response_ratio: Count = 50
    """Times a packed answer may grow when unpacked; more is a bomb."""
    response_nesting: Count = 64
    """Nesting of an API's answer; more is a bomb."""
    attachment_bytes: Count = 10_000_000
    """Bytes of an uploaded file; they are held in memory while they come."""
    upload_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds an upload may take; people send files over slow lines."""
    cache_bytes: Count = 64_000_000
    """Bytes of APIs' answers that a worker keeps for `@cacheControl`; the least recently used make room."""
    half_request_s: Annotated[float, Field(gt=0)] = 5.0
    """Seconds until a half-sent request is dropped; slow sockets must not pile up."""
