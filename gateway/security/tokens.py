"""A bearer token becomes a Principal: signature, times, audience and issuer checked, claims read."""

import binascii
import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jws import JWSRegistry

from engine.access import Principal
from gateway.errors import TokenRefused
from gateway.security.issuer_keys import IssuerKey, IssuerKeys

LEEWAY_S = 30  # clocks of issuer and gateway may differ by this
MAX_TOKEN = 8_192  # characters; proxies refuse longer headers anyway
MAX_REMEMBERED = 10_000  # tokens whose signature was checked lately
REMEMBERED_S = 60.0  # a check of a signature costs as much as a request
ANONYMOUS = Principal(subject="anonymous", authenticated=False)

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say; None is not checked. Every token must say `sub` and `exp`."""

    audience: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class _Remembered:
    principal: Principal
    until: float


class TokenAuthenticator:
    """Process life. Keeps no token, only digests of those it lately found good."""

    def __init__(
        self, keys: IssuerKeys, rules: TokenRules, *, now_s: Callable[[], float], anonymous: bool
    ) -> None:
        self._keys = keys
        self._rules = rules
        self._now_s = now_s
        self._anonymous = anonymous
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Principal:
        """Who the `Authorization` header proves. A bad token is never anonymous. Raises `TokenRefused`."""
        if authorization is None or not authorization.strip():
            if self._anonymous:
                return ANONYMOUS
            raise TokenRefused(reason="there is none; send `Authorization: Bearer <token>`")
        scheme, _, token = authorization.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise TokenRefused(reason="write `Authorization: Bearer <token>`")
        return await self._principal_of(token.strip())

    def known(self, authorization: str | None) -> Principal | None:
        """Who a header proves that was checked lately; None where it has to be checked."""
        scheme, _, token = (authorization or "").strip().partition(" ")
        return self._remembered_of(_digest_of(token.strip())) if scheme.lower() == "bearer" else None

    def _remembered_of(self, digest: bytes) -> Principal | None:
        remembered = self._remembered.get(digest)
        return remembered.principal if remembered is not None and self._now_s() < remembered.until else None

    async def _principal_of(self, token: str) -> Principal:
        digest = _digest_of(token)
        principal = self._remembered_of(digest)
        if principal is not None:
            return principal
        claims = await self._claims_of(token)
        principal = principal_of(claims)
        expires_at = cast("float", claims["exp"])  # checked to be a number
        until = min(expires_at + LEEWAY_S, self._now_s() + REMEMBERED_S)
        self._remembered[digest] = _Remembered(principal, until)
        self._remembered.move_to_end(digest)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
        return principal

    async def _claims_of(self, token: str) -> Mapping[str, object]:
        header = _header_of(token)
        kid, algorithm = header.get("kid"), header.get("alg")
        if not isinstance(algorithm, str) or str(header.get("typ", "JWT")).lower() not in _TYPES:
            raise TokenRefused(reason="it is no signed JWT")
        if kid is not None and not isinstance(kid, str):
            raise TokenRefused(reason="its key id is no string")
        candidates = await self._keys.find(kid)
        if not candidates:
            raise TokenRefused(reason="its issuer's key is not known here")
        fitting = [key for key in candidates if algorithm in key.algorithms]
        if not fitting:
            raise TokenRefused(reason="its algorithm does not fit the issuer's key")
        claims = _verified(token, fitting, algorithm)
        self._check(claims)
        return claims

    def _check(self, claims: Mapping[str, object]) -> None:
        options: dict[str, jwt.ClaimsOption] = {"sub": {"essential": True}, "exp": {"essential": True}}
        if self._rules.audience is not None:
            options["aud"] = {"essential": True, "value": self._rules.audience}
        if self._rules.issuer is not None:
            options["iss"] = {"essential": True, "value": self._rules.issuer}
        registry = jwt.JWTClaimsRegistry(now=int(self._now_s()), leeway=LEEWAY_S, **options)
        try:
            registry.validate(dict(claims))
        except ExpiredTokenError:
            raise TokenRefused(reason="it has expired; get a new one") from None
        except MissingClaimError:
            needed = ", ".join(sorted(registry.essential_keys))
            raise TokenRefused(reason=f"it must have the claims {needed}") from None
        except InvalidClaimError as error:
            raise TokenRefused(reason=_REASONS.get(error.claim, "a claim of it is not valid")) from None


def _digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


_REASONS: Mapping[str, str] = {
    "aud": "it is for another audience",
    "iss": "it is from another issuer",
    "nbf": "it is not valid yet",
    "iat": "it is not valid yet",
    "exp": "its expiry is no time",
    "sub": "its subject is no string",
}


def _header_of(token: str) -> Mapping[str, object]:
    if len(token) > MAX_TOKEN or not _SHAPE.fullmatch(token):
        raise TokenRefused(reason="it is no signed JWT")
    encoded = token.partition(".")[0]
    try:
        header: object = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise TokenRefused(reason="it is no signed JWT") from None
    if not isinstance(header, dict):
        raise TokenRefused(reason="it is no signed JWT")
    return cast("dict[str, object]", header)


def _verified(token: str, keys: list[IssuerKey], algorithm: str) -> Mapping[str, object]:
    """The claims, if one of the keys signed them with this algorithm."""
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    for key in keys:
        try:
            return jwt.decode(token, key.key, registry=registry).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
    raise TokenRefused(reason="its signature is not the issuer's")


def principal_of(claims: Mapping[str, object]) -> Principal:
    """The caller that checked claims describe. Raises `TokenRefused` for claims of another shape."""
    subject, channel = claims["sub"], claims.get("channel")
    if not isinstance(subject, str) or not subject:
        raise TokenRefused(reason="its subject is no string")
    if channel is not None and not isinstance(channel, str):
        raise TokenRefused(reason="its channel is no string")
    return Principal(
        subject=subject,
        roles=_words_of(claims, "roles"),
        units=_words_of(claims, "units"),
        scopes=_words_of(claims, "scope") | _words_of(claims, "scopes") | _words_of(claims, "scp"),
        channel=channel,
        claims=claims,
    )


def _words_of(claims: Mapping[str, object], name: str) -> frozenset[str]:
    """A claim that is a list of strings, or one string of words as OAuth writes scopes."""
    value = claims.get(name)
    if value is None:
        return frozenset()
    if isinstance(value, str):
        return frozenset(value.split())
    if isinstance(value, list) and all(isinstance(word, str) for word in cast("list[object]", value)):
        return frozenset(cast("list[str]", value))
    raise TokenRefused(reason=f"its claim {name} is no list of strings")
