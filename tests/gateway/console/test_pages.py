"""The page's HTML and headers, and its files: what a browser is given and what it is refused."""

import gzip
import json
import re
from html.parser import HTMLParser

import pytest

from gateway.console import LookUp, PageConfig, Persona, console_asset, graphiql_page
from gateway.console.pages import BUILT, CONTENT_TYPES

CONFIG = PageConfig(
    docs_url="/docs",
    tabs=(LookUp(title="查订单", query="query Order { order }", variables={"phone": "138"}),),
    personas=(Persona(name="agent", description="Answers the hotline.", token="a.b.c"),),
)
ASSETS = sorted(file.relative_to(BUILT).as_posix() for file in BUILT.glob("*/assets/*"))


class Tags(HTMLParser):
    """Every tag with its attributes, and the text of the configuration block."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.block = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][1].get("id") == "page-config" and not self.block:
            self.block = data

    def addresses(self) -> list[str]:
        return [
            value
            for _, attributes in self.tags
            for name in ("src", "href")
            if (value := attributes.get(name))
        ]


def test_the_page_loads_only_files_that_the_console_serves():
    addresses = Tags(graphiql_page(CONFIG).body).addresses()
    assert len(addresses) >= 3
    for address in addresses:
        assert address.startswith("/console/")
        assert console_asset(address.removeprefix("/console/"))


def test_the_page_carries_its_configuration_as_json():
    block = json.loads(Tags(graphiql_page(CONFIG).body).block)
    assert block["endpoint"] == "/graphql"
    assert block["docsUrl"] == "/docs"
    assert block["tabs"][0]["variables"] == {"phone": "138"}
    assert block["personas"] == [{"name": "agent", "description": "Answers the hotline.", "token": "a.b.c"}]


def test_text_in_the_configuration_cannot_leave_its_block():
    hostile = "</script><script>alert(1)</script><!-- &amp;"
    config = PageConfig(product=hostile, tabs=(LookUp(title=hostile, query=hostile),))
    parsed = Tags(graphiql_page(config).body)
    assert [tag for tag, _ in parsed.tags].count("script") == 2
    assert json.loads(parsed.block)["tabs"][0]["title"] == hostile


def test_no_script_of_the_page_is_inline_and_its_policy_forbids_any():
    body, headers = graphiql_page(CONFIG)
    scripts = [attributes for tag, attributes in Tags(body).tags if tag == "script"]
    assert all(script.get("src") or script.get("type") == "application/json" for script in scripts)
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["worker-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_the_page_is_never_cached_and_differs_by_accept():
    headers = graphiql_page(CONFIG).headers
    assert headers["cache-control"] == "no-store"
    assert headers["vary"] == "accept"
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_other_look_ups_give_another_tabs_version():
    first = json.loads(Tags(graphiql_page(CONFIG).body).block)["tabsVersion"]
    assert json.loads(Tags(graphiql_page(CONFIG).body).block)["tabsVersion"] == first
    assert json.loads(Tags(graphiql_page(PageConfig()).body).block)["tabsVersion"] != first


@pytest.mark.parametrize("path", ASSETS)
def test_every_built_asset_is_served_for_ever_with_its_type(path: str):
    asset = console_asset(path)
    assert asset is not None
    assert asset.body == (BUILT / path).read_bytes()
    assert asset.headers["content-type"] == CONTENT_TYPES[(BUILT / path).suffix]
    assert "immutable" in asset.headers["cache-control"]
    assert re.search(r"-[\w-]{8}\.\w+$", path), "immutable needs a name that carries the content's hash"


def test_a_zipped_asset_is_the_same_file():
    path = ASSETS[0]
    asset = console_asset(path, gzipped=True)
    assert asset is not None
    assert asset.headers["content-encoding"] == "gzip"
    assert gzip.decompress(asset.body) == (BUILT / path).read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "graphiql",
        "graphiql/assets/",
        "graphiql/manifest.json",
        "graphiql/assets/none.js",
        "pages.py",
        "../console/pages.py",
        "graphiql/assets/../../pages.py",
        "graphiql/assets/..%2f..%2fpages.py",
        "/etc/passwd",
        "graphiql/assets/main.js\0",
    ],
)
def test_no_other_path_is_served(path: str):
    assert console_asset(path) is None
