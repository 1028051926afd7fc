"""Write the GraphiQL page a browser gets at the GraphQL endpoint, and serve the files it loads."""

import gzip
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from gateway.console.flow_files import flow_files

BUILT = Path(__file__).parent  # holds one folder per built page: graphiql/
ENTRY, ICON = "src/main.tsx", "src/icon.svg"  # their names in the build's manifest

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
PAGE_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "worker-src 'self'",
        "connect-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor writes its theme and positions as inline styles
        "img-src 'self' data:",  # the editor's style sheet carries two icons
        "font-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
ASSET_POLICY = (
    "default-src 'none'; script-src 'self'"  # binds workers: they have their own policy, not the page's
)
SAFE_HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}


class Asset(NamedTuple):
    """What to send, whole: a tuple, so that `body, headers = graphiql_page(config)` reads well."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """A ready operation, opened as a tab. Name the operation: GraphiQL titles the tab with that name."""

    title: str
    query: str
    variables: Mapping[str, object] = field(default_factory=dict[str, object])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Someone to ask as. Every reader of the page gets the token: demo tokens only. None asks as nobody."""

    name: str
    description: str
    token: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageConfig:
    """`endpoint` and `assets` are paths on the page's own origin; below `assets`, console_asset answers."""

    endpoint: str = "/graphql"
    assets: str = "/console/"
    product: str = "Paifang"
    docs_url: str | None = None
    tabs: tuple[LookUp, ...] = ()
    personas: tuple[Persona, ...] = ()


def graphiql_page(config: PageConfig) -> Asset:
    """The page. It differs by Accept at one address and may carry tokens, hence Vary and no-store."""
    built = _manifest()
    styles = "".join(
        f'<link rel="stylesheet" href="{_url(config, name)}">\n' for name in built[ENTRY].get("css", ())
    )
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(config.product)} · GraphiQL</title>
<link rel="icon" href="{icon_address(config)}">
{styles}</head>
<body>
<div id="root"></div>
<noscript>This page needs JavaScript. The endpoint answers POST requests with a JSON body as well.</noscript>
<script type="application/json" id="page-config">{_block(config)}</script>
<script type="module" src="{_url(config, built[ENTRY]["file"])}"></script>
</body>
</html>
"""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": PAGE_POLICY,
        "cache-control": "no-store",
        "vary": "accept",
        **SAFE_HEADERS,
    }
    return Asset(page.encode(), headers)


def console_asset(path: str, *, gzipped: bool = False) -> Asset | None:
    """A built file by its path below the console's address, or None.

    The name is looked up, never joined, so no spelling of it leaves the folder. Cost: the first call for
    a file reads it, and compresses it where asked to (0.1 s for the largest); later calls are a look-up.
    """
    file = _files().get(path)
    return _read_asset(file, gzipped=gzipped) if file else None


@cache  # here and below: the package's own files, which never change while the process lives
def _read_asset(file: Path, *, gzipped: bool) -> Asset:
    headers = {
        "content-type": CONTENT_TYPES[file.suffix],
        "content-security-policy": ASSET_POLICY,
        "cache-control": "public, max-age=31536000, immutable",  # the name carries the content's hash
        "vary": "accept-encoding",
        **SAFE_HEADERS,
    }
    if gzipped:
        body = gzip.compress(file.read_bytes(), compresslevel=6, mtime=0)
        return Asset(body, {**headers, "content-encoding": "gzip"})
    return Asset(file.read_bytes(), headers)


class _Chunk(TypedDict):
    file: str
    css: NotRequired[list[str]]


@cache
def _manifest() -> Mapping[str, _Chunk]:
    return json.loads((BUILT / "graphiql" / "manifest.json").read_bytes())


@cache
def _files() -> Mapping[str, Path]:
    """Only hashed names: everything below an `assets` folder of a built page, and the flow page's files."""
    found = (file for file in BUILT.glob("*/assets/*") if file.suffix in CONTENT_TYPES)
    return {file.relative_to(BUILT).as_posix(): file for file in found} | dict(flow_files())


def _url(config: PageConfig, name: str) -> str:
    return html.escape(f"{config.assets}graphiql/{name}")


def icon_address(config: PageConfig) -> str:
    return _url(config, _manifest()[ICON]["file"])


def json_block(block: Mapping[str, object]) -> str:
    """JSON that no HTML parser can leave: `</script>`, `<!--` and the rest never appear in it."""
    text = json.dumps(block, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _block(config: PageConfig) -> str:
    tabs = [asdict(tab) for tab in config.tabs]
    block: dict[str, object] = {
        "endpoint": config.endpoint,
        "product": config.product,
        "docsUrl": config.docs_url,
        "tabs": tabs,
        "tabsVersion": hashlib.sha256(json.dumps(tabs).encode()).hexdigest()[:12],
        "personas": [asdict(persona) for persona in config.personas],
    }
    return json_block(block)
