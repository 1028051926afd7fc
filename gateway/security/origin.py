"""May this browser speak to us? Asked while callers are not authenticated, against DNS rebinding."""

import re
from functools import lru_cache

from gateway.errors import OriginRefused

_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


def check_origin(*, host: str | None, origin: str | None) -> None:
    """Let in only who names this machine: a foreign page can make a browser call us, but not under our name.

    A missing `Host` is refused, since every browser sends one; a missing `Origin` means no page is involved.
    Raises `OriginRefused`.
    """
    if host is None or not is_local_host(host):
        raise OriginRefused(what="This host name")
    if origin is not None and not is_own_origin(origin, host=host):
        raise OriginRefused(what="This page's origin")


@lru_cache(maxsize=256)  # pure; clients send the same few names again and again
def is_local_host(host: str) -> bool:
    """Whether a `Host` header is localhost, 127.0.0.1 or [::1], on any port."""
    return _LOCAL.fullmatch(host) is not None


def is_own_origin(origin: str, *, host: str) -> bool:
    """Whether an `Origin` header is the very address the page was asked for at; `null` is nobody's."""
    scheme, separator, place = origin.partition("://")
    return scheme in ("http", "https") and separator != "" and place.lower() == host.lower()
