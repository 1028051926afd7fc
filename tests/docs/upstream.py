"""A server that is asked exactly what an example of the guide says, and answers what it says."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import orjson
from aiohttp.web import Application, AppRunner, Request, Response, TCPSite

from tests.docs.guide import NEVER, Exchange


class GuideUpstream:
    """What is still to be asked, and what was asked though the example does not say so.

    `hangs` is set as soon as a call waits for an answer that never comes.
    """

    def __init__(self) -> None:
        self.address = ""
        self.unexpected = list[str]()
        self._expected = list[Exchange]()
        self._closing = asyncio.Event()
        self.hangs = asyncio.Event()

    def expect(self, exchanges: Sequence[Exchange]) -> None:
        self.unexpected.clear()
        self.hangs.clear()
        self._expected = list(exchanges)

    def missing(self) -> list[str]:
        return [f"{exchange.method} {exchange.target}" for exchange in self._expected]

    def close(self) -> None:
        self._closing.set()

    async def answer(self, request: Request) -> Response:
        """The answer of the first exchange that this call fits; each is given once."""
        body = await request.text()
        for exchange in self._expected:
            if _fits(exchange, request, body):
                self._expected.remove(exchange)
                return await self._answer(exchange)
        self.unexpected.append(f"{request.method} {request.raw_path} {dict(request.headers)} {body}")
        return Response(status=500, text="the example does not say this call")

    async def _answer(self, exchange: Exchange) -> Response:
        if exchange.status == NEVER:
            self.hangs.set()
            await self._closing.wait()
            return Response(status=500)
        if not exchange.answer:
            return Response(status=exchange.status)
        kind = "application/json" if exchange.answer[0] in '{["' else "text/plain"
        return Response(status=exchange.status, text=exchange.answer, content_type=kind)


@asynccontextmanager
async def serve_guide() -> AsyncGenerator[GuideUpstream]:
    """One upstream on a free port for as long as the block runs; `address` is its host:port."""
    upstream = GuideUpstream()
    app = Application()
    app.router.add_route("*", "/{path:.*}", upstream.answer)
    runner = AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await TCPSite(runner, "127.0.0.1", 0).start()
        upstream.address = f"127.0.0.1:{runner.addresses[0][1]}"
        yield upstream
    finally:
        upstream.close()
        await runner.cleanup()


def _fits(exchange: Exchange, request: Request, body: str) -> bool:
    """The same method and target byte for byte, at least the headers, the same body (JSON by its meaning)."""
    if (request.method, request.raw_path) != (exchange.method, exchange.target):
        return False
    if any(value not in request.headers.get(name, "") for name, value in exchange.headers.items()):
        return False
    if exchange.body[:1] in ("{", "["):
        return bool(body) and orjson.loads(body) == orjson.loads(exchange.body)
    return not exchange.body or body == exchange.body
