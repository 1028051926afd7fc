"""Make the application a server runs: the GraphQL endpoint in front, FastAPI behind it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.console import PageConfig
from gateway.console.configuration import read_page
from gateway.http.asgi import AsgiFront, Receive, Scope, Send
from gateway.http.health import health_routes
from gateway.http.pages import page_routes
from gateway.settings import Settings, load_settings
from gateway.starting import publish_files
from gateway.wiring import Services, open_services


class Application:
    """An ASGI application. Services open at the server's start-up and close at its shutdown."""

    def __init__(self, settings: Settings, page: PageConfig) -> None:
        self._settings = settings
        self._page = page
        self._front: AsgiFront | None = None
        self.services: Services | None = None
        self._behind = self._make_behind()

    def _make_behind(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
            async with open_services(self._settings, self._page) as services:
                await publish_files(services, self._settings.resources)
                self.services = services
                self._front = AsgiFront(services.endpoint, self._behind)
                yield

        app = FastAPI(title="Paifang", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(health_routes(self._missing))
        app.include_router(page_routes())
        return app

    async def _missing(self) -> str | None:
        return None if self.services is not None else "services are opening"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._front if self._front is not None else self._behind
        await handler(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """The application for these settings. Importing and calling this opens nothing."""
    return Application(settings, read_page(settings.page) if settings.page else PageConfig())


def create_worker() -> Application:
    """The application of a server's worker process: its settings come through the environment."""
    return create_app(load_settings())
