"""Liveness and readiness for whoever restarts or balances the gateway."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse

Probe = Callable[[], Awaitable[str | None]]
Notes = Callable[[], Mapping[str, str]]


def health_routes(ready: Probe, notes: Notes) -> APIRouter:
    """`ready` gives None, or a sentence saying what is missing; `notes` are of what it does not need."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:  # pyright: ignore[reportUnusedFunction] # a route
        return {"status": "live"}

    @router.get("/ready")
    async def readiness() -> JSONResponse:  # pyright: ignore[reportUnusedFunction] # a route
        missing = await ready()
        if missing is None:
            return JSONResponse({"status": "ready", **notes()})
        return JSONResponse({"status": "unready", "missing": missing}, status_code=503)

    return router
