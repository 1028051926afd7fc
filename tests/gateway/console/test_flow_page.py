"""The page of a flow: its HTML, its policy, its files, and the addresses at which it is served."""

import asyncio
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from engine.flow.forms import standard_table
from gateway.console import PageConfig, Persona, console_asset, flow_page
from gateway.console.flow_files import FOLDER, flow_files
from gateway.http.pages import page_routes

CONFIG = PageConfig(personas=(Persona(name="agent", description="Answers.", token="a.b.c"),))
MODULES = sorted(FOLDER.glob("*.js"))


class Page(HTMLParser):
    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.block = ""
        self.feed(body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][1].get("id") == "page-config" and not self.block:
            self.block = data


def get(path: str, *, local_only: bool = True, host: str = "127.0.0.1:8000") -> httpx.Response:
    """What the site answers."""
    app = FastAPI()
    app.include_router(page_routes(CONFIG, local_only=local_only))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return await client.get(path, headers={"host": host})

    return asyncio.run(ask())


def test_it_loads_only_files_that_the_console_serves() -> None:
    tags = Page(flow_page(CONFIG, "bike-lock").body).tags
    addresses = [str(value) for _, given in tags for name in ("src", "href") if (value := given.get(name))]
    assert len(addresses) == 3
    assert all(console_asset(address.removeprefix("/console/")) for address in addresses)


def test_it_carries_the_flow_and_the_personas_as_json_that_cannot_leave_its_block() -> None:
    hostile = "</script><script>alert(1)</script>"
    page = Page(flow_page(PageConfig(product=hostile, personas=CONFIG.personas), "bike-lock").body)
    block = json.loads(page.block)
    assert (block["flow"], block["product"]) == ("bike-lock", hostile)
    assert block["personas"][0]["token"] == "a.b.c"
    assert [tag for tag, _ in page.tags].count("script") == 2


def test_its_policy_lets_in_no_other_site_and_nothing_inline() -> None:
    headers = flow_page(CONFIG, "bike-lock").headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert headers["cache-control"] == "no-store", "it may carry tokens"


def test_its_files_lie_under_the_hash_of_all_of_them() -> None:
    folders = {Path(path).parent.as_posix() for path in flow_files()}
    assert len(folders) == 1
    assert re.fullmatch(r"flow/[0-9a-f]{12}", folders.pop())
    assert {Path(path).name for path in flow_files()} == {file.name for file in FOLDER.iterdir()}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_loads_its_neighbours_only_and_names_no_other_address(module: Path) -> None:
    text = module.read_text("utf-8")
    for imported in re.findall(r'from "([^"]+)"', text):
        assert (FOLDER / imported).is_file()
    assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", text, flags=re.MULTILINE)


def test_every_widget_of_the_forms_is_rendered() -> None:
    listed = (FOLDER / "widgets.js").read_text("utf-8").partition("const WIDGETS = {")[2].partition("\n};")[0]
    rendered = set(re.findall(r'^  "?([\w-]+)"?:', listed, re.MULTILINE))
    assert rendered == set(standard_table().widgets)


def test_the_page_is_served_at_the_address_of_its_flow() -> None:
    answer = get("/flows/run/bike-lock?channel=chat")
    assert answer.status_code == 200
    assert json.loads(Page(answer.content).block)["flow"] == "bike-lock"


@pytest.mark.parametrize("key", ["1lock", "a b", "a@1", "<script>"])
def test_what_can_be_no_flows_key_has_no_page(key: str) -> None:
    assert get(f"/flows/run/{key}").status_code == 404


def test_another_host_name_gets_the_page_only_where_callers_prove_themselves() -> None:
    refused = get("/flows/run/bike-lock", host="rebound.example.com")
    assert refused.status_code == 403
    assert b"a.b.c" not in refused.content
    assert get("/flows/run/bike-lock", host="rebound.example.com", local_only=False).status_code == 200
