"""Who may come in: the development caller while no auth is configured, else whoever the token proves."""

import asyncio
import ssl
import time
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Protocol

from engine.access import Principal
from gateway.errors import OriginRefused
from gateway.security.dev_tokens import open_token_key
from gateway.security.issuer_keys import (
    FetchedKeys,
    FileKeys,
    FixedKeys,
    IssuerKeys,
    JoinedKeys,
    key_of_pem,
)
from gateway.security.key_files import MAX_KEY_BYTES, KeyUnusable, read_key_file
from gateway.security.origin import check_origin, is_own_origin
from gateway.security.tokens import TokenAuthenticator, TokenRules
from gateway.settings import Settings

FETCH_TIMEOUT_S = 5.0  # of the issuer's keys; callers with tokens wait for it
LOCAL_DEV = Principal(subject="local-dev", roles=frozenset({"*"}), units=frozenset({"*"}))


class Asking(Protocol):
    """The part of a request that says who asks."""

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        ...


class OpenHouse:
    """No auth is configured: all on this machine are the development caller, on the channel they name."""

    lasting = True

    async def authenticate(self, asking: Asking) -> Principal:
        return self.known(asking)

    def known(self, asking: Asking) -> Principal:
        self.admit(asking)
        channel = asking.header("x-channel")
        return LOCAL_DEV if channel is None else replace(LOCAL_DEV, channel=channel)

    def admit(self, asking: Asking) -> None:
        """Raises `OriginRefused` for a host or page that is not this machine's."""
        check_origin(host=asking.header("host"), origin=asking.header("origin"))

    def admit_socket(self, asking: Asking) -> None:
        """Raises `OriginRefused`, as for every request."""
        self.admit(asking)


class TokenHouse:
    """Whoever the token proves; pages are open to all, for what they show is asked for with a token."""

    lasting = False

    def __init__(self, authenticator: TokenAuthenticator) -> None:
        self._authenticator = authenticator

    async def authenticate(self, asking: Asking) -> Principal:
        """Raises `TokenRefused`."""
        return await self._authenticator.authenticate(asking.header("authorization"))

    def known(self, asking: Asking) -> Principal | None:
        """Whom a token proves that was good lately."""
        return self._authenticator.known(asking.header("authorization"))

    def admit(self, asking: Asking) -> None:
        del asking

    def admit_socket(self, asking: Asking) -> None:
        """Raises `OriginRefused` for a page of another address; programs send no origin."""
        host, origin = asking.header("host"), asking.header("origin")
        if origin is not None and not is_own_origin(origin, host=host or ""):
            raise OriginRefused(what="This page's origin")


def open_authentication(settings: Settings) -> OpenHouse | TokenHouse:
    """How these settings let callers in. Raises `KeyUnusable`: the gateway cannot start."""
    if not settings.auth_configured:
        return OpenHouse()
    sources: list[IssuerKeys] = []
    if settings.jwks is not None:
        sources.append(_issuer_keys(settings.jwks))
    if settings.public_key is not None:
        sources.append(FixedKeys([key_of_pem(read_key_file(settings.public_key))]))
    if settings.dev_auth:
        sources.append(FixedKeys([open_token_key(settings.data).public]))
    rules = TokenRules(audience=settings.audience, issuer=settings.issuer)
    return TokenHouse(
        TokenAuthenticator(JoinedKeys(sources), rules, now_s=time.time, anonymous=settings.anonymous)
    )


def _issuer_keys(place: str) -> IssuerKeys:
    if not place.startswith("https://"):
        return FileKeys(Path(place))
    return FetchedKeys(partial(fetch_keys, place), time.time)


async def fetch_keys(url: str, *, tls: ssl.SSLContext | bool = True) -> bytes:
    """The document at an issuer's address. Raises `KeyUnusable` when it is away, slow or too large."""
    httpx = import_module("httpx")  # 0.9 s to import, for those whose issuer is asked
    document = bytearray()
    try:
        async with (
            asyncio.timeout(FETCH_TIMEOUT_S),
            httpx.AsyncClient(verify=tls, timeout=FETCH_TIMEOUT_S) as client,
            # As it is: what is packed has no size that could be known before it is unpacked.
            client.stream("GET", url, headers={"accept-encoding": "identity"}) as answer,
        ):
            answer.raise_for_status()
            async for chunk in answer.aiter_raw():
                document += chunk
                if len(document) > MAX_KEY_BYTES:
                    raise KeyUnusable(f"the keys at {url} have more than {MAX_KEY_BYTES:,} bytes")
    except (httpx.HTTPError, TimeoutError) as error:
        raise KeyUnusable(f"the keys at {url} cannot be fetched") from error
    return bytes(document)
