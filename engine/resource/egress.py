"""May this URL be called, and at which address? Its spelling decides, then what its name resolves to."""

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

from engine.problem import Severity
from engine.resource.calls import EGRESS_BLOCKED, UPSTREAM_UNREACHABLE, CallFailed
from engine.resource.networks import Address, is_forbidden, is_metadata, parse_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) -> every address of the host, best first; raises OSError when there is none."""

ADDRESS_TTL_S = 30.0  # long enough to cost nothing, short enough to follow a failover made in DNS
_MAX_HOST = 253  # what DNS can carry
_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#\\]*)")
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a URL leads: `host` is in lower case, a version 6 address without its brackets."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as the Host header says them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressProblem:
    """Why a URL may not be called, as a sentence for whoever registered it.

    `severity` is WARNING where the rules of the gateway that will make the call are not known.
    """

    message: str
    code: str = EGRESS_BLOCKED
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedAddress:
    """The checked address to connect to, the others that would do, and until when (monotonic seconds).

    Behind a proxy the address may be a host name, which the proxy is told instead.
    """

    address: str
    others: tuple[str, ...]
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressRule:
    """What may be reached although private: a network or host name, for a source or all, one port or any."""

    target: IPv4Network | IPv6Network | str
    source: str | None = None
    port: int | None = None

    def admits(self, address: Address, *, source: str | None, host: str, port: int) -> bool:
        if self.port not in (None, port) or not self._is_of(source):
            return False
        if isinstance(self.target, str):
            return self.target == host and not is_metadata(address)
        exact = self.target.num_addresses == 1
        return address in self.target and (exact or not is_metadata(address))

    def _is_of(self, source: str | None) -> bool:
        """Calls say `module/source`; a rule may name so much, or the source of whichever module."""
        return self.source is None or (source is not None and self.source in (source, _plain_name(source)))


class EgressGuard:
    """Decides what may be called; the resolver is asked at connect time, each address it gives is checked."""

    def __init__(
        self,
        allow: Sequence[EgressRule] | None,
        resolver: Resolver | None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Judge by the rules of an operator and what a resolver answers.

        Args:
            allow: None where the rules are not known: what they might admit is refused with a warning.
            resolver: None where a proxy resolves names and judges their addresses: they pass as they are.
        """
        self._allow = None if allow is None else tuple(allow)
        self._resolver = resolver
        self.clock = clock  # which `expires_at` is told in

    def behind_proxy(self) -> "EgressGuard":
        """The same judge of spellings and written addresses that leaves host names to a proxy."""
        return EgressGuard(self._allow, None, clock=self.clock)

    def check_literal(self, url: str, *, source: str | None = None) -> EgressProblem | None:
        """Judge the spelling of a URL, and its host where that is an address; no name is resolved."""
        try:
            origin = split_origin(url)
        except ValueError as error:
            return EgressProblem(message=str(error))
        address = _literal_address(origin.host)
        if address is not None and not self._may_reach(address, source=source, origin=origin):
            severity = Severity.WARNING if self._allow is None else Severity.ERROR
            return EgressProblem(message=_blocked_sentence("The host"), severity=severity)
        return None

    async def resolve(self, source: str, host: str, port: int) -> ResolvedAddress:
        """Return an address that may be connected to; one forbidden address among them forbids the host.

        Raises CallFailed: EGRESS_BLOCKED, or UPSTREAM_UNREACHABLE for a name without address.
        """
        origin = Origin(scheme="", host=host, port=port)
        literal = _literal_address(host)
        if literal is None and self._resolver is None:
            return ResolvedAddress(address=host, others=(), expires_at=self.clock() + ADDRESS_TTL_S)
        answered = [host] if literal is not None else await self._look_up(host, port)
        try:
            addresses = [parse_address(text) for text in answered]
        except ValueError:
            raise _blocked(source) from None
        if not all(self._may_reach(address, source=source, origin=origin) for address in addresses):
            raise _blocked(source)
        first, *others = dict.fromkeys(map(str, addresses))
        return ResolvedAddress(address=first, others=tuple(others), expires_at=self.clock() + ADDRESS_TTL_S)

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        assert self._resolver is not None, "without one, names are not looked up"
        try:
            answered = await self._resolver(host, port)
        except (OSError, UnicodeError):
            answered = ()
        if not answered:
            raise CallFailed(
                code=UPSTREAM_UNREACHABLE, message="The host name has no address.", retryable=True
            )
        return answered

    def _may_reach(self, address: Address, *, source: str | None, origin: Origin) -> bool:
        return not is_forbidden(address) or any(
            rule.admits(address, source=source, host=origin.host, port=origin.port)
            for rule in self._allow or ()
        )


def split_origin(url: str) -> Origin:
    """Read scheme, host and port of an absolute URL; raises ValueError saying how to write it."""
    match = _ORIGIN.match(url)
    if match is None:
        raise ValueError("The URL is not absolute: write http://host/path or https://host/path.")
    if "\\" in url:
        raise ValueError("The URL has a backslash, which some read as a slash: write %5C.")
    scheme, authority = match.groups()
    if (default_port := _PORTS.get(scheme.lower())) is None:
        raise ValueError("Only http and https may be called.")
    if "@" in authority:
        raise ValueError("User and password cannot stand in a URL: send an authorization header.")
    host, port = _split_authority(authority)
    return Origin(scheme=scheme.lower(), host=_checked_host(host), port=port or default_port)


def parse_egress_allow(text: str) -> tuple[EgressRule, ...]:
    """Read comma-separated `[source=]host-or-CIDR[:port]`; version 6 with a port is `[fd00::/8]:8080`.

    A source is one module's, `module/source`, or `source` in any module.

    Raises ValueError naming the entry that is wrong.
    """
    return tuple(_parse_rule(entry) for entry in map(str.strip, text.split(",")) if entry)


def _parse_rule(entry: str) -> EgressRule:
    source, equals, place = entry.rpartition("=")
    bare_v6 = not place.startswith("[") and place.count(":") > 1
    try:
        if equals and not source:
            raise ValueError("the source before = is missing.")
        host, port = (place, None) if bare_v6 else _split_authority(place)
        return EgressRule(target=_parse_target(host.strip("[]")), source=source or None, port=port)
    except ValueError as error:
        raise ValueError(f"egress rule {entry!r}: {error}") from None


def _parse_target(text: str) -> IPv4Network | IPv6Network | str:
    if "/" in text or ":" in text:
        network = ip_network(text)
    elif (address := _literal_address(host := _checked_host(text))) is not None:
        network = ip_network(address)
    else:
        return host
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:  # 96: what stands before the version 4 address
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def _split_authority(text: str) -> tuple[str, int | None]:
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise ValueError("The host is not valid: write host or host:port.")
    host, port = match.groups()
    if port is None:
        return host, None
    if not _PORT.fullmatch(port) or int(port) > 65535:
        raise ValueError("The port is not a number from 1 to 65535.")
    return host, int(port)


def _checked_host(text: str) -> str:
    """Return the host in lower case; raises ValueError for a spelling that may be read differently."""
    if text.startswith("["):
        return _checked_version_6(text[1:-1])
    if not text.isascii():
        raise ValueError("The host has letters outside ASCII: write its xn-- form.")
    host = text.lower()
    if host.endswith("."):
        raise ValueError("The host ends with a dot: leave it out.")
    if len(host) > _MAX_HOST or not _HOST.fullmatch(host):
        raise ValueError("The host is not a valid name.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _literal_address(host) is None:
        raise ValueError("The host is an unusual spelling of an IPv4 address: write four decimal numbers.")
    return host


def _checked_version_6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise ValueError("The host in brackets is not an IPv6 address.") from None
    if address.scope_id is not None:
        raise ValueError("The host names an interface of the gateway: leave the zone out.")
    return str(address.ipv4_mapped or address)


def _literal_address(host: str) -> Address | None:
    try:
        return parse_address(host)
    except ValueError:
        return None


def _plain_name(source: str) -> str:
    return source.rpartition("/")[2]


def _blocked(source: str) -> CallFailed:
    return CallFailed(
        code=EGRESS_BLOCKED, message=_blocked_sentence(f"The host of source {source!r}"), retryable=False
    )


def _blocked_sentence(subject: str) -> str:
    return (
        f"{subject} leads to a private or reserved address: an operator can allow it in PAIFANG_EGRESS_ALLOW."
    )
