"""Make the application a server runs: the GraphQL endpoint in front, FastAPI behind it."""

import gc
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI

from gateway.console import PageConfig
from gateway.console.configuration import read_page
from gateway.http import rsgi
from gateway.http.asgi import Receive, Scope, Send, answer_graphql, is_graphql
from gateway.http.health import health_routes
from gateway.http.pages import page_routes
from gateway.settings import Settings, load_settings
from gateway.starting import publish_files
from gateway.wiring import Services, open_services

CANNOT_SERVE = 3  # the exit code of a worker that cannot start
log = structlog.get_logger("paifang")


class Application:
    """Speaks granian's raw protocol (RSGI) and ASGI. Services open at start-up and close at shutdown."""

    def __init__(self, settings: Settings, page: PageConfig) -> None:
        self._settings = settings
        self._page = page
        self._open = AsyncExitStack()
        self._behind = self._make_behind()
        self.services: Services | None = None

    # ------------------------------------------------------------------ life
    async def open(self) -> Services:
        """Open the services and publish the files of the settings; raises what says why it cannot."""
        services = await self._open.enter_async_context(open_services(self._settings, self._page))
        await publish_files(services, self._settings.resources)
        self.services = services
        return services

    async def close(self) -> None:
        self.services = None
        await self._open.aclose()

    async def _missing(self) -> str | None:
        return None if self.services is not None else "services are opening"

    def _make_behind(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
            await self.open()
            yield
            await self.close()

        app = FastAPI(title="Paifang", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(health_routes(self._missing))
        app.include_router(page_routes())
        return app

    # ------------------------------------------------------------------ RSGI
    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self.open())
        except Exception as error:
            log.critical("the gateway cannot start", reason=str(error) or type(error).__name__)
            raise SystemExit(CANNOT_SERVE) from error
        gc.collect()
        gc.freeze()  # all this lives as long as the worker; a full collection of it stops everybody for 80 ms

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        loop.run_until_complete(self.close())

    async def __rsgi__(self, scope: rsgi.Scope, protocol: rsgi.HTTPProtocol) -> None:
        if self.services is not None and rsgi.is_graphql(scope):
            await rsgi.answer_graphql(self.services.endpoint, scope, protocol)
        else:
            await rsgi.bridge(self._behind, scope, protocol)

    # ------------------------------------------------------------------ ASGI
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.services is not None and is_graphql(scope):
            await answer_graphql(self.services.endpoint, scope, receive, send)
        else:
            await self._behind(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """The application for these settings. Importing and calling this opens nothing."""
    return Application(settings, read_page(settings.page) if settings.page else PageConfig())


def create_worker() -> Application:
    """The application of a server's worker process: its settings come through the environment."""
    return create_app(load_settings())
