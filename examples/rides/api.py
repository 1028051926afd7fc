"""Serve the demo company's HTTP APIs: `python -m examples.rides.api --port 9001`."""

import argparse
import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp.web import Application, AppRunner, Request, Response, RouteDef, TCPSite, route

from examples.rides.data import make_rows
from examples.rides.rows import Rows
from examples.rides.services import ENDPOINTS, Endpoint
from examples.rides.services.endpoint import Handler, reply
from examples.rides.unit import API_KEY, Unit

HOST = "127.0.0.1"
SLOW_S = 0.4  # long enough to see in a plan's timing, short enough for a demo


def create_app(rows: Rows, *, slow_s: float = SLOW_S) -> Application:
    """All services over one state. `slow_s`: how long the slow API (`/risk/score`) takes."""
    unit = Unit.of(rows, slow_s=slow_s)
    app = Application()
    app.add_routes([_counted(endpoint, unit) for endpoint in ENDPOINTS])
    app.add_routes(
        [_bound("GET", "/__calls", _show_calls, unit), _bound("DELETE", "/__calls", _forget_calls, unit)]
    )
    return app


@asynccontextmanager
async def serve(rows: Rows, *, port: int = 0, slow_s: float = SLOW_S) -> AsyncGenerator[str]:
    """Serve until the block ends; gives the address, `http://127.0.0.1:port`. Port 0: any free one.

    Raises:
        OSError: the port is taken.
    """
    runner = AppRunner(create_app(rows, slow_s=slow_s), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.rides.api", description=__doc__)
    parser.add_argument("--port", type=int, default=9001, help="default: 9001")
    port: int = parser.parse_args().port
    try:
        asyncio.run(_serve_until_stopped(port))
    except OSError as error:
        raise SystemExit(f"cannot listen on {HOST}:{port} ({error.strerror}); try another --port") from None


async def _serve_until_stopped(port: int) -> None:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    rows = make_rows()
    async with serve(rows, port=port) as url:
        print(f"rides APIs ready on {url} ({len(rows)} rows, calls counted at {url}/__calls)", flush=True)
        await stopped.wait()


def _counted(endpoint: Endpoint, unit: Unit) -> RouteDef:
    name = f"{endpoint.method} {endpoint.path}"

    async def answer(unit: Unit, request: Request) -> Response:
        unit.calls[name] += 1
        unit.channels[request.headers.get("x-channel", "")] += 1
        if endpoint.keyed and request.headers.get("x-api-key") != API_KEY:
            return reply({"message": "x-api-key is missing or wrong"}, status=401)
        return await endpoint.answer(unit, request)

    return _bound(endpoint.method, endpoint.path, answer, unit)


def _bound(method: str, path: str, handler: Handler, unit: Unit) -> RouteDef:
    async def answer(request: Request) -> Response:
        return await handler(unit, request)

    return route(method, path, answer)


async def _show_calls(unit: Unit, _: Request) -> Response:
    """Calls by route and by the channel they were forwarded for, since the last DELETE."""
    return reply({"total": unit.calls.total(), "calls": dict(unit.calls), "channels": dict(unit.channels)})


async def _forget_calls(unit: Unit, _: Request) -> Response:
    unit.calls.clear()
    unit.channels.clear()
    return Response(status=204)


if __name__ == "__main__":
    main()
