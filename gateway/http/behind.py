"""The application behind the GraphQL endpoint: health, pages, files; FastAPI, imported when first needed.

It takes half a second to import, and no GraphQL request needs it.
"""

from fastapi import FastAPI

from gateway.console import PageConfig
from gateway.http.health import Notes, Probe, health_routes
from gateway.http.pages import page_routes


def make_behind(ready: Probe, notes: Notes, page: PageConfig, *, local_only: bool) -> FastAPI:
    app = FastAPI(title="Paifang", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(ready, notes))
    app.include_router(page_routes(page, local_only=local_only))
    return app
