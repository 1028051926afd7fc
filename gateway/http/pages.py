"""Serve the console's built files and send browsers to GraphiQL."""

import asyncio

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gateway.console import console_asset


def page_routes() -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home() -> RedirectResponse:  # pyright: ignore[reportUnusedFunction] # a route
        return RedirectResponse("/graphql")

    @router.get("/console/{path:path}")
    async def asset(path: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] # a route
        gzipped = "gzip" in request.headers.get("accept-encoding", "")
        found = await asyncio.to_thread(console_asset, path, gzipped=gzipped)
        if found is None:
            return Response("there is no such file", status_code=404, media_type="text/plain")
        return Response(found.body, headers=dict(found.headers))

    return router
