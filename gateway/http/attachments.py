"""Files over HTTP: `POST /attachments?unit=…&name=…` takes one in, `GET /attachments/ID` gives it out.

The body is the file. What any page can make a browser send unasked (a form) is refused, and what is given out
is kept from being opened by a browser: an attachment in a sandbox, of a type that nothing runs as.
"""

from collections.abc import Callable
from typing import Protocol
from urllib.parse import parse_qs, quote

import orjson

from engine.access import Principal
from gateway.http.messages import HttpRequest, HttpResponse
from gateway.http.negotiation import JSON_RESPONSE, BadRequest
from gateway.http.refusals import failed_response
from resolvers.context import Context
from resolvers.knowledge.attachments.attachment import Attachment
from resolvers.knowledge.attachments.downloading import Download, download_attachment
from resolvers.knowledge.attachments.kinds import KINDS
from resolvers.knowledge.attachments.uploading import Upload, admit_upload, upload_attachment

PATH = "/attachments"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded", "text/plain")
KEPT_FROM_RUNNING = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "private, no-store"),
)


class Authentication(Protocol):
    """Tells who asks. Raises an error of gateway/errors.py for a bad token or a foreign origin."""

    async def authenticate(self, asking: HttpRequest, /) -> Principal: ...


def is_attachment(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


class AttachmentEndpoint:
    """Process life. `context` is of one request."""

    def __init__(
        self,
        authentication: Authentication,
        context: Callable[[Principal, HttpRequest], Context],
        *,
        max_bytes: int,
    ) -> None:
        self._authentication = authentication
        self._context = context
        self._max_bytes = max_bytes

    async def handle(self, path: str, request: HttpRequest) -> HttpResponse:
        """Never raises."""
        try:
            principal = await self._authentication.authenticate(request)
            context = self._context(principal, request)
            if request.method == "POST" and path == PATH:
                return await self._take(context, request)
            if request.method in ("GET", "HEAD") and path != PATH:
                return _given(await download_attachment(context, path.removeprefix(f"{PATH}/")))
            raise BadRequest("POST a file to /attachments, GET one from /attachments/ID", status=405)
        except Exception as error:  # the one place where nothing may escape
            return failed_response(error, JSON_RESPONSE)

    async def _take(self, context: Context, request: HttpRequest) -> HttpResponse:
        media = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if not media or media in FORMS:
            raise BadRequest(
                "send the file as the body, with content-type: application/octet-stream", status=415
            )
        given = parse_qs(request.query_string)
        unit, name = (given.get(one, [""])[0] for one in ("unit", "name"))
        if not unit or not name:
            raise BadRequest("say whose it is and what it is called: /attachments?unit=UNIT&name=FILE.pdf")
        admit_upload(context.principal, unit)
        content = await request.body(self._max_bytes)
        taken = await upload_attachment(context, Upload(unit=unit, name=name, content=content))
        headers = (("content-type", JSON_RESPONSE), ("location", f"{PATH}/{taken.id}"))
        return HttpResponse(201, headers, orjson.dumps(told_of(taken)))


def told_of(attachment: Attachment) -> dict[str, object]:
    """As `Attachment` of the schema tells it."""
    problem = None
    if attachment.problem is not None:
        problem = {"code": attachment.problem, "message": attachment.problem_text}
    return {
        "id": attachment.id,
        "name": attachment.name,
        "type": attachment.media,
        "sizeBytes": attachment.size_bytes,
        "problem": problem,
    }


def _given(download: Download) -> HttpResponse:
    attachment = download.attachment
    plain = attachment.name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    shown = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.name, safe='')}"
    headers = (
        ("content-type", KINDS[attachment.kind].shown),
        ("content-disposition", shown),
        *KEPT_FROM_RUNNING,
    )
    return HttpResponse(200, headers, download.content)
