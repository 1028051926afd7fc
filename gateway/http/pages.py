"""Serve the console's built files and the page of a flow, and send browsers to GraphiQL."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console import PageConfig, console_asset, flow_page
from gateway.errors import OriginRefused
from gateway.http.negotiation import JSON_RESPONSE
from gateway.http.refusals import failed_response
from gateway.security.origin import check_origin
from resolvers.flows.definitions import FLOW_KEY


def page_routes(config: PageConfig, *, local_only: bool) -> APIRouter:
    """`local_only`: whoever names another host than this machine gets no page, as at the endpoint."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home() -> RedirectResponse:  # pyright: ignore[reportUnusedFunction] # a route
        return RedirectResponse("/graphql")

    @router.get("/flows/run/{key}")
    async def run_flow(key: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] # a route
        if not FLOW_KEY.fullmatch(key):
            return _no_such("page")
        if local_only:
            try:
                check_origin(host=request.headers.get("host"), origin=request.headers.get("origin"))
            except OriginRefused as refused:
                answer = failed_response(refused, JSON_RESPONSE)
                return Response(answer.body, status_code=answer.status, headers=dict(answer.headers))
        page = flow_page(config, key)
        return Response(page.body, headers=dict(page.headers))

    @router.get("/console/{path:path}")
    async def asset(path: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] # a route
        gzipped = "gzip" in request.headers.get("accept-encoding", "")
        found = await asyncio.to_thread(console_asset, path, gzipped=gzipped)
        if found is None:
            return _no_such("file")
        return Response(found.body, headers=dict(found.headers))

    return router


def _no_such(what: str) -> Response:
    return Response(f"there is no such {what}", status_code=404, media_type="text/plain")
