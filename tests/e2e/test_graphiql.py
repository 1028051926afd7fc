"""GraphiQL in a real Chromium, with no network but the gateway's own: what agents and developers do."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from gateway.console import PageConfig
from tests.servers.graphiql_site import DEMO, serve_graphiql

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


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serve_graphiql(DEMO) as address:
        yield address


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
    assert faults == []


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


def test_it_opens_with_the_look_ups_and_runs_the_first_with_its_variables(
    context: BrowserContext, base_url: str
):
    page = open_page(context, base_url)
    expect(page.locator(TAB_TITLES)).to_have_text(["OrderByPhone", "BikeState"])
    expect(page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("13800000001")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("已支付")


def test_another_persona_is_shown_and_gets_its_own_answer(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    who = page.get_by_role("status", name="Who you are")
    expect(who).to_contain_text("front-end")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("138****0001")
    page.get_by_label("Ask as").select_option("agent")
    expect(who).to_contain_text("agent")
    expect(who).to_contain_text("rides")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("13800000001")
    page.get_by_label("Ask as").select_option("nobody")
    expect(who).to_contain_text("anonymous")


def test_a_persona_stays_for_the_tab_and_its_token_is_never_stored(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    page.get_by_label("Ask as").select_option("agent")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("13800000001")
    page.reload()
    expect(page.get_by_label("Ask as")).to_have_value("agent")
    expect(page.get_by_role("status", name="Who you are")).to_contain_text("agent")
    expect(page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("13800000001")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "OrderByPhone" in stored
    assert "token-of" not in stored


def test_the_plan_panel_shows_calls_and_bound_of_the_open_operation(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    show_panel(page, "Plan")
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("1 + ceil(n(orders)/100)")
    expect(plan).to_contain_text("GET /orders?phone=13800000001")
    page.locator(TAB_TITLES, has_text="BikeState").click()
    expect(plan).to_contain_text("needed by BikeState")


def test_an_operation_without_a_plan_says_why(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    show_panel(page, "Plan")
    type_query(page, "{ unplanned }")
    expect(page.get_by_role("region", name="Plan")).to_contain_text("Cannot query field 'unplanned'")


def test_a_closed_look_up_opens_again_from_its_panel(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    page.locator(TAB_TITLES, has_text="BikeState").click()
    page.get_by_role("button", name="Close Tab").last.click()
    expect(page.locator(TAB_TITLES)).to_have_count(1)
    show_panel(page, "Look-ups")
    page.get_by_role("button", name="车辆状态").click()
    expect(page.locator(TAB_TITLES)).to_have_text(["OrderByPhone", "BikeState"])
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("锁定")


def test_the_editor_marks_a_field_that_does_not_exist(context: BrowserContext, base_url: str):
    page = open_page(context, base_url)
    type_query(page, "{ nonsense }")
    expect(page.locator(".graphiql-query-editor .squiggly-error")).to_be_visible()


def test_without_look_ups_the_first_tab_says_what_to_try(context: BrowserContext):
    with serve_graphiql(PageConfig()) as address:
        page = open_page(context, address)
        expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("欢迎")
        expect(page.get_by_label("Ask as")).to_have_count(0)
        run_operation(page)
        expect(page.locator(".graphiql-response .view-lines")).to_contain_text("anonymous")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_visitors_colour_scheme(
    context: BrowserContext, base_url: str, scheme: str, tmp_path: Path
):
    page = open_page(context, base_url)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("已支付")
    page.screenshot(path=tmp_path / f"{scheme}.png")
    luminance = page.evaluate(
        "getComputedStyle(document.querySelector('#root > .graphiql-container:last-child')).backgroundColor"
    )
    assert (max(map(int, re.findall(r"\d+", luminance)[:3])) < 100) is (scheme == "dark")


def type_query(page: Page, text: str) -> None:
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
