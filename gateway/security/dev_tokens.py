"""Tokens for development: signed with a key of the data directory, trusted by `serve --dev-auth` alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.security.issuer_keys import IssuerKey, algorithms_of
from gateway.security.key_files import KeyUnusable, read_or_make_key_file

KEY_FILE = "token.key"
ALGORITHM = "ES256"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKey:
    """The private key; whoever can read its file can be anybody."""

    private: ECKey

    @property
    def public(self) -> IssuerKey:
        key = ECKey.import_key(self.private.as_dict(private=False))
        return IssuerKey(kid=_kid_of(self.private), key=key, algorithms=algorithms_of(key))


def open_token_key(data: Path) -> TokenKey:
    """The key of a data directory, made when first asked for. Raises `KeyUnusable`."""
    path = data / KEY_FILE
    pem = read_or_make_key_file(path, lambda: ECKey.generate_key("P-256").as_pem(private=True))
    try:
        key = ECKey.import_key(pem)
    except ValueError:
        raise KeyUnusable(f"{path} holds no key: remove it, and tokens made with it are void") from None
    return TokenKey(private=key)


def mint_token(
    key: TokenKey,
    subject: str,
    *,
    now_s: float,
    lifetime: timedelta,
    roles: Collection[str] = (),
    units: Collection[str] = (),
    scopes: Collection[str] = (),
    channel: str | None = None,
    audience: str | None = None,
    issuer: str | None = None,
) -> str:
    """A signed token that the gateway with the same data directory accepts until it expires."""
    claims: dict[str, object] = {
        "sub": subject,
        "iat": int(now_s),
        "exp": int(now_s + lifetime.total_seconds()),
        "roles": sorted(roles),
        "units": sorted(units),
        "scope": " ".join(sorted(scopes)),
        "channel": channel,
        "aud": audience,
        "iss": issuer,
    }
    said = {name: value for name, value in claims.items() if value not in (None, "", [])}
    return jwt.encode({"alg": ALGORITHM, "kid": _kid_of(key.private)}, said, key.private)


def _kid_of(key: ECKey) -> str:
    return key.thumbprint()
