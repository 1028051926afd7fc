"""The public keys that tokens are checked with: where they come from, when they are fetched again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey

from gateway.security.key_files import KeyUnusable, read_key_file

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

MIN_RSA_BITS = 2_048  # NIST SP 800-131A; shorter ones can be broken
MIN_REFRESH_S = 60.0  # between fetches that succeeded: unknown kids are free to make up
MIN_RETRY_S = 5.0  # between fetches where the last one failed
MAX_AGE_S = 900.0  # a key the issuer took back is forgotten after this

_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_CURVE_ALGORITHMS: Mapping[str, frozenset[str]] = {
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKey:
    """A public key with the algorithms it may be used with: the key's choice, never the token's."""

    kid: str | None
    key: Key
    algorithms: frozenset[str]


class IssuerKeys(Protocol):
    async def find(self, kid: str | None) -> Sequence[IssuerKey]:
        """The keys that a token naming `kid` may be signed with; all of them where it names none."""
        ...


class FixedKeys:
    """Keys known at start."""

    def __init__(self, keys: Sequence[IssuerKey]) -> None:
        self._keys = keys

    async def find(self, kid: str | None) -> Sequence[IssuerKey]:
        return _named(self._keys, kid)


class FileKeys:
    """A JWKS document in a file, read again when the file changes; what cannot be used changes nothing."""

    def __init__(self, path: Path) -> None:
        """Raises `KeyUnusable`: without keys to begin with, nobody could come in."""
        self._path = path
        self._state = self._look()  # before it is read: what changes meanwhile is read again
        self._keys = keys_of_jwks(read_key_file(path))

    async def find(self, kid: str | None) -> Sequence[IssuerKey]:
        state = self._look()
        if state != self._state:
            self._state = state
            try:
                self._keys = keys_of_jwks(read_key_file(self._path))
            except KeyUnusable as error:  # half written, or wrong: the next change is looked at again
                log.warning("the file of the issuer's keys cannot be used", reason=str(error))
        return _named(self._keys, kid)

    def _look(self) -> tuple[int, ...]:
        """What tells one state of the file from another, mounts that swap links among them."""
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_size, found.st_ino)


class FetchedKeys:
    """A JWKS document, fetched when first needed and again for an unknown kid or when it is old.

    What was fetched last is kept while the issuer is away. Concurrent callers share one fetch.
    """

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], now_s: Callable[[], float]) -> None:
        self._fetch = fetch
        self._now_s = now_s
        self._keys: Sequence[IssuerKey] = ()
        self._fetched_at: float | None = None
        self._next_fetch_at: float | None = None
        self._fetching = asyncio.Lock()

    async def find(self, kid: str | None) -> Sequence[IssuerKey]:
        found = _named(self._keys, kid)
        if found and not self._is_old():
            return found
        async with self._fetching:
            if self._next_fetch_at is None or self._now_s() >= self._next_fetch_at:
                await self._refresh()
        return _named(self._keys, kid)

    def _is_old(self) -> bool:
        return self._fetched_at is None or self._now_s() - self._fetched_at >= MAX_AGE_S

    async def _refresh(self) -> None:
        wait_s = MIN_RETRY_S
        try:
            self._keys = keys_of_jwks(await self._fetch())
            self._fetched_at = self._now_s()
            wait_s = MIN_REFRESH_S
        except Exception as error:  # whatever an issuer does wrong, the keys fetched before still hold
            log.warning("the issuer's keys cannot be fetched", error=type(error).__name__)
        finally:
            self._next_fetch_at = self._now_s() + wait_s


class JoinedKeys:
    """Several sources, all of them trusted."""

    def __init__(self, sources: Sequence[IssuerKeys]) -> None:
        self._sources = sources

    async def find(self, kid: str | None) -> Sequence[IssuerKey]:
        found: list[IssuerKey] = []
        for source in self._sources:
            found += await source.find(kid)
            if found and kid is not None:
                break
        return found


def _named(keys: Sequence[IssuerKey], kid: str | None) -> Sequence[IssuerKey]:
    """A key without a kid may be meant by any token: only its signature can tell."""
    return [key for key in keys if kid is None or key.kid is None or key.kid == kid]


def keys_of_jwks(document: bytes) -> Sequence[IssuerKey]:
    """The signature keys of a JWKS document; what is for other uses is passed over. Raises `KeyUnusable`."""
    try:
        parsed: object = json.loads(document)
    except (ValueError, RecursionError):
        raise KeyUnusable("the JWKS document is no JSON") from None
    entries: object = cast("dict[str, object]", parsed).get("keys") if isinstance(parsed, dict) else None
    if not isinstance(entries, list):
        raise KeyUnusable("the JWKS document has no list of keys")
    found = [key for entry in cast("list[object]", entries) if (key := _key_of_entry(entry)) is not None]
    if not found:
        raise KeyUnusable("the JWKS document holds no RSA, EC or Ed25519 signature key")
    return found


def _key_of_entry(entry: object) -> IssuerKey | None:
    if not isinstance(entry, dict):
        return None
    parameters = cast("dict[str, object]", entry)
    if parameters.get("use", "sig") != "sig":
        return None
    kid, declared = parameters.get("kid"), parameters.get("alg")
    try:
        [key] = KeySet.import_key_set({"keys": [cast("dict[str, str | list[str]]", parameters)]}).keys
        allowed = algorithms_of(key)
    except (JoseError, ValueError, TypeError):
        return None
    if declared is not None:
        allowed &= {str(declared)}
    return (
        IssuerKey(kid=kid if isinstance(kid, str) else None, key=key, algorithms=allowed) if allowed else None
    )


def key_of_pem(pem: bytes) -> IssuerKey:
    """The key of a PEM public key file; it has no kid. Raises `KeyUnusable`."""
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            key = kind.import_key(pem)
            allowed = algorithms_of(key)
        except (JoseError, ValueError, TypeError):
            continue
        if key.is_private:
            raise KeyUnusable("the public key file holds a private key: give the gateway the public one")
        if allowed:
            return IssuerKey(kid=None, key=key, algorithms=allowed)
    raise KeyUnusable("the public key file holds no RSA (of 2,048 bits), EC or Ed25519 key in PEM")


def algorithms_of(key: Key) -> frozenset[str]:
    """The signature algorithms that fit a key's type; none for secrets and for weak keys."""
    if isinstance(key, RSAKey):
        return _RSA_ALGORITHMS if key.raw_value.key_size >= MIN_RSA_BITS else frozenset()
    if isinstance(key, ECKey | OKPKey):
        return _CURVE_ALGORITHMS.get(key.curve_name, frozenset())
    return frozenset()
