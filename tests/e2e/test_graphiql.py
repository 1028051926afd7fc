"""GraphiQL in a real Chromium, with no network but the gateway's own: what agents and developers do.

The page's own site answers it: there is no gateway here, and no store.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from gateway.console import PageConfig
from tests.servers.browser import (
    TAB_TITLES,
    browser,
    context,
    open_page,
    run_operation,
    show_panel,
    type_query,
)
from tests.servers.graphiql_site import DEMO, serve_graphiql

__all__ = ["browser", "context"]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serve_graphiql(DEMO) as address:
        yield address


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


def test_a_tab_clicked_before_the_editors_are_there_shows_its_own_text(
    context: BrowserContext, base_url: str
):
    page = context.new_page()
    held: list[Route] = []
    page.route(re.compile(r"/assets/monaco-editor-[^/]*\.js$"), lambda route: held.append(route))
    page.goto(f"{base_url}/graphql", wait_until="commit")
    page.locator(TAB_TITLES, has_text="BikeState").click()
    assert held, "the editors are still to come"
    for route in held:
        route.continue_()
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("BikeState")
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("锁定")
    page.locator(TAB_TITLES, has_text="OrderByPhone").click()
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("OrderByPhone")
    expect(page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("13800000001")


def test_run_right_after_a_switch_asks_for_the_operation_of_the_new_tab(
    context: BrowserContext, base_url: str
):
    page = open_page(context, base_url)
    run_operation(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("已支付")
    tab = page.locator(TAB_TITLES, has_text="BikeState").element_handle()
    run = page.get_by_role("button", name=re.compile("^Execute query")).element_handle()
    with page.expect_request(lambda request: "bike" in (request.post_data or "")) as sent:
        page.evaluate("([tab, run]) => { tab.click(); run.click(); }", [tab, run])
    assert json.loads(sent.value.post_data or "")["operationName"] == "BikeState"
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
