"""The application behind the GraphQL endpoint: health, pages, files; FastAPI, imported when first needed.

It takes half a second to import, and no GraphQL request needs it.
"""

from fastapi import FastAPI

from gateway.http.health import Probe, health_routes
from gateway.http.pages import page_routes


def make_behind(ready: Probe) -> FastAPI:
    app = FastAPI(title="Paifang", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(ready))
    app.include_router(page_routes())
    return app
