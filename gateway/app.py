"""Make the application a server runs: the GraphQL endpoint in front, FastAPI behind it."""

import asyncio
import gc
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import AsyncExitStack
from importlib import import_module

import structlog

from gateway.console import PageConfig
from gateway.console.configuration import read_page
from gateway.http import rsgi
from gateway.http.asgi import App, Receive, Scope, Send, answer_graphql, is_graphql, run_lifespan
from gateway.observability.logs import configure_logs
from gateway.settings import Settings, load_settings
from gateway.starting import publish_files
from gateway.wiring import Services, open_services

COLLECT_AFTER = (20_000, 20, 50)  # requests make little garbage in cycles: look for it more rarely
CANNOT_SERVE = 3  # the exit code of a worker that cannot start
log = structlog.get_logger("paifang")


class Application:
    """Speaks granian's raw protocol (RSGI) and ASGI. Services open at start-up and close at shutdown.

    `cannot_start` says why a worker cannot and returns its exit code.
    """

    def __init__(
        self, settings: Settings, page: PageConfig, cannot_start: Callable[[Exception], int]
    ) -> None:
        self._settings = settings
        self._page = page
        self._cannot_start = cannot_start
        self._open = AsyncExitStack()
        self._made: App | None = None
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

    async def _behind(self) -> App:
        """What answers everything else; imported off the loop, once."""
        if self._made is not None:
            return self._made
        behind = await asyncio.to_thread(import_module, "gateway.http.behind")
        made: App = behind.make_behind(self._missing)
        self._made = made
        return made

    # ------------------------------------------------------------------ RSGI
    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self.open())
        except Exception as error:
            raise SystemExit(self._cannot_start(error)) from error
        gc.set_threshold(*COLLECT_AFTER)
        gc.collect()
        gc.freeze()  # all this lives as long as the worker; a full collection of it stops everybody for 80 ms

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        loop.run_until_complete(self.close())

    async def __rsgi__(self, scope: rsgi.Scope, protocol: rsgi.HTTPProtocol) -> None:
        if self.services is not None and rsgi.is_graphql(scope):
            await rsgi.answer_graphql(self.services.endpoint, scope, protocol)
        else:
            await rsgi.bridge(await self._behind(), scope, protocol)

    # ------------------------------------------------------------------ ASGI
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(self.open, self.close, receive, send)
        elif self.services is not None and is_graphql(scope):
            await answer_graphql(self.services.endpoint, scope, receive, send)
        else:
            await (await self._behind())(scope, receive, send)


def log_failure(error: Exception) -> int:
    log.critical("the gateway cannot start", reason=str(error) or type(error).__name__)
    return CANNOT_SERVE


def create_app(settings: Settings, *, cannot_start: Callable[[Exception], int] = log_failure) -> Application:
    """The application for these settings. Importing and calling this opens nothing."""
    page = read_page(settings.page) if settings.page else PageConfig()
    return Application(settings, page, cannot_start)


def create_worker(cannot_start: Callable[[Exception], int] = log_failure) -> Application:
    """The application of a server's worker process: its settings come through the environment."""
    try:
        settings = load_settings()
        configure_logs(settings)
        return create_app(settings, cannot_start=cannot_start)
    except Exception as error:
        raise SystemExit(cannot_start(error)) from error
