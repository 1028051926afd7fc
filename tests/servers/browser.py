"""A real Chromium that sees nothing but this machine, and what a visitor does on the GraphiQL page."""

import os
import re
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",  # as root, in CI
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]

TAB_TITLES = "[role=tab] .graphiql-tab-button"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        message = "Chromium is missing; type: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh visitor. The test fails where the browser asked for anything not local or reported an error."""
    faults: list[str] = []
    with browser.new_context(viewport={"width": 1440, "height": 860}, locale="en-US") as context:
        context.set_default_timeout(15_000)
        context.on("request", lambda request: None if is_local(request.url) else faults.append(request.url))
        context.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        yield context
    assert not faults, faults


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob"} or parts.hostname == "127.0.0.1"


def open_page(context: BrowserContext, base_url: str) -> Page:
    page = context.new_page()
    page.goto(f"{base_url}/graphql")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("query")
    return page


def run_operation(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Execute query")).click()


def show_panel(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Show {name}").click()


def type_query(page: Page, text: str) -> None:
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
