"""Write the page on which a person runs one flow; its files are in `flow/`."""

import html
from dataclasses import asdict

from gateway.console.flow_files import flow_file
from gateway.console.pages import SAFE_HEADERS, Asset, PageConfig, icon_address, json_block

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",  # photos and signatures are values of the form
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def flow_page(config: PageConfig, flow_key: str) -> Asset:
    """The page of one flow. It may carry tokens of personas, hence no-store."""
    script, style = (html.escape(config.assets + flow_file(name)) for name in ("main.js", "page.css"))
    block = {
        "endpoint": config.endpoint,
        "product": config.product,
        "personas": [asdict(persona) for persona in config.personas],
        "flow": flow_key,
    }
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{html.escape(flow_key)} · {html.escape(config.product)}</title>
<link rel="icon" href="{icon_address(config)}">
<link rel="stylesheet" href="{style}">
</head>
<body>
<div id="root"></div>
<noscript>This page needs JavaScript. The same is done by the mutations startFlow and commitTask.</noscript>
<script type="application/json" id="page-config">{json_block(block)}</script>
<script type="module" src="{script}"></script>
</body>
</html>
"""
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": PAGE_POLICY,
        "cache-control": "no-store",
        **SAFE_HEADERS,
    }
    return Asset(page.encode(), headers)
