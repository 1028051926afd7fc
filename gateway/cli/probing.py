"""Probe one source as the gateway would call it: name, egress, connection, TLS, an answer, its clock."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.resource.calls import EGRESS_BLOCKED, Answer, Call, CallFailed, Transport
from engine.resource.egress import EgressGuard, Origin, split_origin
from engine.resource.transport import Identity

MAX_SKEW_S = 30  # past it, tokens and signatures are refused as too old or too new
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A source by its key, `module/name`, and its base URL."""

    source: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`problem` names the step that failed and why, `advice` what to do; a warning leaves `works` true."""

    works: bool
    said: str
    problem: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """`timeout_s` bounds each step."""

    guard: EgressGuard
    transport: Transport
    identity: Identity
    timeout_s: float

    async def probe(self, target: Target) -> Verdict:
        """Each step until one fails; never raises for what a source does."""
        origin = split_origin(target.url)
        try:
            resolved = await self.guard.resolve(target.source, origin.host, origin.port)
        except CallFailed as failed:
            return _unresolved(failed, origin)
        address = resolved.address
        found = await self._connect(address, origin, None)
        if found is None and origin.scheme == "https":
            found = await self._connect(address, origin, self.identity.tls_context())
        return found or await self._ask(target, address)

    async def _connect(self, address: str, origin: Origin, tls: ssl.SSLContext | None) -> Verdict | None:
        """None where it connects."""
        where = f"{address} port {origin.port}"
        host = origin.host if tls is not None else None
        try:
            async with asyncio.timeout(self.timeout_s):
                _, writer = await asyncio.open_connection(address, origin.port, ssl=tls, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            advice = "renew the certificate, send the whole chain, or trust its authority on this machine"
            return _failed(f"TLS: {error.verify_message}", advice)
        except ssl.SSLError as error:
            return _failed(f"TLS: {error.reason}", "is this port one for https? the base URL says so")
        except TimeoutError:
            return _failed(f"TCP: no answer from {where}", "a firewall drops it: allow this machine there")
        except OSError as error:
            said = error.strerror or type(error).__name__
            return _failed(f"TCP: {where}: {said}", "is the service running, and is this its port?")
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
        return None

    async def _ask(self, target: Target, address: str) -> Verdict:
        begun = time.perf_counter()
        try:
            answer = await self.transport.send(
                Call(target.source, "GET", target.url), timeout_s=self.timeout_s
            )
        except CallFailed as failed:
            return _failed(
                f"HTTP: {failed.message} ({failed.code})", "it accepts connections: look at its own log"
            )
        took_ms = (time.perf_counter() - begun) * 1000
        said = f"{address}, {answer.status} in {took_ms:.0f} ms"
        if answer.status >= SERVER_ERROR:
            return Verdict(
                works=True,
                said=said,
                problem=f"HTTP: it answers {answer.status}",
                advice="look at its own log",
            )
        return _with_clock(said, answer)


async def probe_all(
    targets: list[Target], probe: Callable[[Target], Awaitable[Verdict]]
) -> list[tuple[Target, Verdict]]:
    """All at once; in the order given."""
    return list(zip(targets, await asyncio.gather(*map(probe, targets)), strict=True))


def _unresolved(failed: CallFailed, origin: Origin) -> Verdict:
    if failed.code == EGRESS_BLOCKED:
        entry = f"{origin.host}:{origin.port}"
        advice = f"if the gateway may call it, add {entry} to PAIFANG_EGRESS_ALLOW"
        return _failed(f"egress: {failed.message}", advice)
    return _failed(f"name: {origin.host} has no address", "correct the host, or this machine's name servers")


def _with_clock(said: str, answer: Answer) -> Verdict:
    """A warning where the source's clock is not ours."""
    stated = answer.headers.get("date", ("",))[0]
    with suppress(ValueError, TypeError):
        theirs = parsedate_to_datetime(stated)
        theirs = theirs if theirs.tzinfo is not None else theirs.replace(tzinfo=UTC)
        skew_s = (theirs - datetime.now(UTC)).total_seconds()
        if abs(skew_s) > MAX_SKEW_S:
            problem = f"clock: it is {abs(skew_s):.0f} s {'ahead' if skew_s > 0 else 'behind'}"
            return Verdict(
                works=True,
                said=said,
                problem=problem,
                advice="set both clocks by NTP: tokens will be refused",
            )
    return Verdict(works=True, said=said)


def _failed(problem: str, advice: str) -> Verdict:
    return Verdict(works=False, said="", problem=problem, advice=advice)
