"""Which program asks, as it calls itself: for the counts, and for nothing that matters."""

import re
from collections.abc import Callable

HEADERS = (  # the name and the version: ours, and as GraphQL clients send them
    ("x-client-name", "x-client-version"),
    ("apollographql-client-name", "apollographql-client-version"),
    ("graphql-client-name", "graphql-client-version"),
)
UNKNOWN = "(unknown)"
MAX_LENGTH = 64  # characters of a name; of a version half as many
_STRANGE = re.compile(r"[^\w.@ +-]+")  # a slash parts name and version, brackets are ours


def client_of(header: Callable[[str], str | None]) -> str:
    """`name/version`, the name alone, or `(unknown)`."""
    for name_header, version_header in HEADERS:
        name = _plain(header(name_header), MAX_LENGTH)
        if name:
            version = _plain(header(version_header), MAX_LENGTH // 2)
            return f"{name}/{version}" if version else name
    return UNKNOWN


def _plain(text: str | None, length: int) -> str:
    return _STRANGE.sub("_", text.strip())[:length] if text else ""
