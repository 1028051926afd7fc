"""The kinds of value a setting has: URLs that hide their secrets, lists, counts, keys."""

import base64
import binascii
import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, Secret, SecretStr
from pydantic_settings import NoDecode

from engine.resource.egress import parse_egress_allow


class SecretUrl(Secret[str]):
    """A URL shown without user, password and query, so that one sees where it points and nothing more."""

    def _display(self) -> str:
        scheme, _, rest = self.get_secret_value().partition("://")
        user, at, place = rest.rpartition("@")
        if "?" in user or "#" in user:  # what follows the @ may be part of a secret
            return f"{scheme}://***"
        return f"{scheme}://{'***@' if at else ''}{place.partition('?')[0].partition('#')[0]}"


def _parts(url: SecretUrl) -> SplitResult:
    try:
        return urlsplit(url.get_secret_value())
    except ValueError:
        raise ValueError("is not a URL; percent-encode what is special in its user and password") from None


def _split_commas(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _known_mongo_url(url: SecretUrl) -> SecretUrl:
    parts = _parts(url)
    if parts.scheme not in ("mongodb", "mongodb+srv") or not parts.path.strip("/"):
        raise ValueError("write mongodb://host:27017/name: the database is the one named in the path")
    return url


def _known_redis_url(url: SecretUrl) -> SecretUrl:
    parts = _parts(url)
    try:
        whole = parts.scheme in ("redis", "rediss", "unix") and parts.port != 0
    except ValueError:  # the port; what stands there may be part of a secret
        whole = False
    if not whole:
        raise ValueError("write redis://host:6379/0, or rediss:// for TLS")
    return url


def _known_proxy_url(url: SecretUrl) -> SecretUrl:
    parts = _parts(url)
    try:
        whole = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port; what stands there may be part of a secret
        whole = False
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("write http://host:3128; calls to https APIs pass through it encrypted")
    return url


def _known_embeddings_url(url: SecretUrl) -> SecretUrl:
    parts = _parts(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError("write https://host/v1/embeddings, and the key as embeddings_key")
    return url


def _known_jwks(place: str) -> str:
    if "://" in place and not place.startswith("https://"):
        raise ValueError("write an https URL or the path of a file")
    return place


def _master_key(key: SecretStr) -> SecretStr:
    try:
        size = len(base64.b64decode(key.get_secret_value(), validate=True))
    except binascii.Error:
        size = 0
    if size != 32:
        raise ValueError("must be 32 random bytes in base64; make one with: openssl rand -base64 32")
    return key


def _readable_rules(entries: tuple[str, ...]) -> tuple[str, ...]:
    parse_egress_allow(",".join(entries))
    return entries


MongoUrl = Annotated[SecretUrl, AfterValidator(_known_mongo_url)]
RedisUrl = Annotated[SecretUrl, AfterValidator(_known_redis_url)]
ProxyUrl = Annotated[SecretUrl, AfterValidator(_known_proxy_url)]
EmbeddingsUrl = Annotated[SecretUrl, AfterValidator(_known_embeddings_url)]
Jwks = Annotated[str, AfterValidator(_known_jwks)]
MasterKey = Annotated[SecretStr, AfterValidator(_master_key)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]
EgressEntries = Annotated[Names, AfterValidator(_readable_rules)]
Paths = Annotated[tuple[Path, ...], NoDecode, BeforeValidator(_split_commas)]
Count = Annotated[int, Field(ge=1)]


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
