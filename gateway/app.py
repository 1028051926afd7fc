"""Make the application a server runs: the GraphQL endpoint in front, FastAPI behind it."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module

import structlog

from gateway.console import PageConfig
from gateway.console.configuration import read_page
from gateway.http.answering import Answer, Answering, Working
from gateway.http.arriving import ArrivingRequest
from gateway.http.asgi import (
    PATHS,
    App,
    Receive,
    Scope,
    Send,
    answer_attachment,
    answer_graphql,
    answer_metrics,
    is_graphql,
    run_lifespan,
)
from gateway.http.attachments import PATH as ATTACHMENTS
from gateway.http.attachments import is_attachment
from gateway.http.bridge import answer_behind
from gateway.http.listening import Larger, Listener
from gateway.http.messages import HttpResponse
from gateway.http.metrics import METRICS_PATH
from gateway.observability.logs import configure_logs
from gateway.settings import Settings, load_settings
from gateway.starting import publish_files
from gateway.wiring import Services, open_services

COLLECT_AFTER = (20_000, 20, 50)  # requests make little garbage in cycles: look for it more rarely
CANNOT_SERVE = 3  # the exit code of a worker that cannot start
log = structlog.get_logger("paifang")


class Application:
    """Answers requests of our own server, and speaks ASGI. Services open at start-up and close at shutdown.

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
        self.worker = 1  # its number among those of its instance

    # ------------------------------------------------------------------ life
    async def open(self) -> Services:
        """Open the services and publish the files of the settings; raises what says why it cannot."""
        services = await self._open.enter_async_context(
            open_services(self._settings, self._page, worker=self.worker)
        )
        await publish_files(services, self._settings.resources)
        self.services = services
        return services

    async def close(self) -> None:
        self.services = None
        await self._open.aclose()

    async def _missing(self) -> str | None:
        return None if self.services is not None else "services are opening"

    def _notes(self) -> Mapping[str, str]:
        return self.services.shared.notes() if self.services is not None else {}

    async def _behind(self) -> App:
        """What answers everything else; imported off the loop, once."""
        if self._made is not None:
            return self._made
        behind = await asyncio.to_thread(import_module, "gateway.http.behind")
        made: App = behind.make_behind(
            self._missing, self._notes, self._page, local_only=not self._settings.auth_configured
        )
        self._made = made
        return made

    # ------------------------------------------------------------------ our own server
    async def start(self) -> Listener:
        """Open for a worker of our own server. Raises SystemExit: it cannot start, and why was said."""
        try:
            services = await self.open()
        except Exception as error:
            raise SystemExit(self._cannot_start(error)) from error
        gc.set_threshold(*COLLECT_AFTER)
        gc.collect()
        gc.freeze()  # all this lives as long as the worker; a full collection of it stops everybody for 80 ms
        limits = self._settings.limits
        return Listener(
            self.respond,
            max_body_bytes=limits.body_bytes,
            half_request_s=limits.half_request_s,
            larger=Larger(path=ATTACHMENTS, max_bytes=limits.attachment_bytes, longest_s=limits.upload_s),
            works=services.engine.runtime.works,
        )

    def respond(self, request: ArrivingRequest) -> Answer | Answering:
        if self.services is not None and request.path in PATHS:
            return self.services.endpoint.begin(request)
        if self.services is not None and is_attachment(request.path):
            return Working(self.services.attachments.handle(request.path, request))
        if self.services is not None and request.path == METRICS_PATH:
            return Working(self.services.metrics.answer(request))
        return Working(self._answer_behind(request))

    async def _answer_behind(self, request: ArrivingRequest) -> HttpResponse:
        return await answer_behind(await self._behind(), request, self._settings.limits.body_bytes)

    # ------------------------------------------------------------------ ASGI
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(self.open, self.close, receive, send)
        elif self.services is not None and is_graphql(scope):
            await answer_graphql(self.services.endpoint, scope, receive, send)
        elif self.services is not None and scope["type"] == "http" and is_attachment(scope["path"]):
            await answer_attachment(self.services.attachments, scope, receive, send)
        elif self.services is not None and scope["type"] == "http" and scope["path"] == METRICS_PATH:
            await answer_metrics(self.services.metrics, scope, receive, send)
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
