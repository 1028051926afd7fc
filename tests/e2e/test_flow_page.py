"""The page of a flow in a real Chromium, on the demo: its procedures are driven to their ends by hand."""

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.resolvers.flows.models import call, chain
from tests.servers.browser import browser, context
from tests.servers.demo import Demo, run_demo

__all__ = ["browser", "context"]

PHONE = "18600422060"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with run_demo() as demo:
        yield demo


def open_flow(context: BrowserContext, demo: Demo, key: str, *, persona: str, channel: str = "web") -> Page:
    """The page with a flow just begun."""
    page = context.new_page()
    page.goto(f"{demo.url}/flows/run/{key}?channel={channel}")
    ask_as(page, persona)
    page.get_by_role("button", name="Start", exact=True).click()
    return page


def ask_as(page: Page, persona: str) -> None:
    subject = {"user": "1231", "agent": "agent-8008", "supervisor": "lead-2001"}[persona]
    page.get_by_label("Ask as").select_option(persona)
    expect(page.get_by_role("status", name="Who you are")).to_contain_text(subject)


def expect_task(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()


def go_back(page: Page) -> None:
    page.get_by_role("button", name="Go back", exact=True).click()


def answers(page: Page) -> Locator:
    """Where a chat takes the answer to its question."""
    return page.locator(".composer")


def calls_of(demo: Demo, route: str) -> int:
    return httpx.get(f"{demo.apis}/__calls").json()["calls"].get(route, 0)


# ---------------------------------------------------------------------- bike lock failure
def test_a_lock_is_reported_on_the_web_taken_back_and_reported_again(
    demo: Demo, context: BrowserContext
) -> None:
    reports = calls_of(demo, "PATCH /bikes-svc/v2/bikes/{id}")
    page = open_flow(context, demo, "bike-lock", persona="user")
    number = page.get_by_label("Bike number")
    number.fill("B9")
    page.get_by_label("It does not close").check()
    submit(page)
    expect(page.get_by_role("alert").first).to_contain_text("Please correct what is marked")
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    number.fill("B100042")
    submit(page)
    expect_task(page, "Where you left it")
    page.get_by_label("Where the bike is").fill("新华街229号")
    submit(page)
    expect_task(page, "How did we do?")
    page.get_by_role("button", name="← Back").click()
    expect(page.get_by_role("dialog")).to_contain_text("Calls taken back: 送修 · Send it to repair")
    go_back(page)
    expect_task(page, "Where you left it")
    expect(page.get_by_label("Where the bike is")).to_have_value("新华街229号")
    assert calls_of(demo, "PATCH /bikes-svc/v2/bikes/{id}") == reports + 2
    submit(page)
    page.get_by_label("★★★★★").check()
    expect(page.get_by_label("Mobile number")).to_be_hidden()
    page.get_by_role("group", name="Call me back").get_by_label("Yes").check()
    page.get_by_label("Mobile number").fill(PHONE)
    submit(page)
    expect_task(page, "Done")
    expect(page.get_by_role("region", name="So far")).to_contain_text("rolled back")


def test_a_lock_is_reported_by_chat_one_question_at_a_time(demo: Demo, context: BrowserContext) -> None:
    page = open_flow(context, demo, "bike-lock", persona="user", channel="chat")
    question = page.get_by_label("Which bike")
    question.fill("no number")
    question.press("Enter")
    expect(question).to_have_attribute("aria-invalid", "true")
    question.fill("B100050")
    question.press("Enter")
    expect(answers(page).get_by_label("It does not close")).to_be_visible()
    page.reload()  # what was answered was kept
    expect(page.get_by_role("list", name="Chat")).to_contain_text("B100050")
    answers(page).get_by_text("It does not close").click()
    submit(page)
    expect_task(page, "Where you left it")
    page.get_by_label("Where the bike is").fill("滨河路14号")
    page.get_by_role("button", name="Send").click()
    submit(page)
    expect_task(page, "How did we do?")
    page.get_by_role("button", name="← Back").click()
    go_back(page)
    expect_task(page, "Where you left it")
    expect(page.get_by_role("list", name="Chat")).to_contain_text("滨河路14号")
    submit(page)
    answers(page).get_by_text("★★★", exact=True).click()
    submit(page)
    expect_task(page, "Done")


def test_an_unknown_bike_is_asked_for_again(demo: Demo, context: BrowserContext) -> None:
    page = open_flow(context, demo, "bike-lock", persona="user")
    page.get_by_label("Bike number").fill("B999999")
    page.get_by_label("It does not open").check()
    submit(page)
    expect_task(page, "Check the number")


# ---------------------------------------------------------------------- fee dispute
def test_a_fee_is_refunded_after_approval_was_refused_and_the_amount_lowered(
    demo: Demo, context: BrowserContext
) -> None:
    refunds = calls_of(demo, "POST /pay/v1/refunds")
    page = open_flow(context, demo, "fee-dispute", persona="agent")
    pick_ride(page)
    page.get_by_label("Refund").fill("500")
    submit(page)
    expect(page.get_by_text("must be at most 200")).to_be_visible()
    page.get_by_label("Refund").fill("50")
    submit(page)
    expect_task(page, "Approve")
    expect(page.get_by_role("main")).to_contain_text("It waits for: supervisor")
    ask_as(page, "supervisor")
    page.get_by_label("Refuse").check()
    page.get_by_label("Why not").fill("the track shows the ride")
    submit(page)
    expect_task(page, "Explain why not")
    ask_as(page, "agent")
    page.get_by_role("button", name="Back to here: 定退款").click()
    go_back(page)
    expect_task(page, "Decide the refund")
    expect(page.get_by_label("Refund")).to_have_value("50")
    page.get_by_label("Refund").fill("1.5")
    submit(page)
    expect_task(page, "Tell the customer")
    assert calls_of(demo, "POST /pay/v1/refunds") == refunds + 1
    page.get_by_label("In the app").check()
    page.get_by_label("Follow up on").fill("2026-03-05")
    submit(page)
    expect_task(page, "Refunded")


def test_a_fee_dispute_by_chat_takes_a_refund_back_once(demo: Demo, context: BrowserContext) -> None:
    taken_back = calls_of(demo, "DELETE /pay/v1/refunds/{id}")
    page = open_flow(context, demo, "fee-dispute", persona="agent", channel="chat")
    page.get_by_label("Mobile number").fill(PHONE)
    page.get_by_role("button", name="Send").click()
    submit(page)
    answers(page).get_by_text("R260212000730").click()
    answers(page).get_by_text("Charged too long").click()
    submit(page)
    expect_task(page, "Decide the refund")
    page.get_by_label("Refund").fill("0")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("must be at least 0.5")).to_be_visible()
    page.get_by_label("Refund").fill("1")
    page.get_by_role("button", name="Send").click()
    submit(page)
    expect_task(page, "Tell the customer")
    page.get_by_role("button", name="← Back").click()
    go_back(page)
    expect_task(page, "Decide the refund")
    assert calls_of(demo, "DELETE /pay/v1/refunds/{id}") == taken_back + 1
    submit(page)
    answers(page).get_by_text("Text message").click()
    submit(page)
    expect_task(page, "Refunded")


def pick_ride(page: Page) -> None:
    page.get_by_label("Mobile number").fill("18600")
    submit(page)
    expect(page.get_by_text("does not have the form asked for")).to_be_visible()
    page.get_by_label("Mobile number").fill(PHONE)
    submit(page)
    expect_task(page, "Pick the ride")
    page.get_by_label("R260228001728").check()
    page.get_by_label("Charged too long").check()
    page.get_by_label("Track").check()
    submit(page)
    expect_task(page, "Decide the refund")


# ---------------------------------------------------------------------- lost property
def test_lost_property_comes_back_by_web_after_the_driver_found_it(
    demo: Demo, context: BrowserContext
) -> None:
    page = open_flow(context, demo, "lost-property", persona="agent")
    page.get_by_role("group", name="Ride").get_by_role("radio").first.check()
    page.get_by_label("Something else").check()
    submit(page)
    expect(page.get_by_label("What is it?")).to_be_focused()
    page.get_by_label("What is it?").fill("雨伞 umbrella")
    page.get_by_role("button", name="Add one").click()
    page.get_by_label("Mark 1").fill("红色 red")
    submit(page)
    expect_task(page, "Ask the driver")
    page.get_by_label("Still looking").check()
    submit(page)
    expect_task(page, "Ask the passenger")
    page.get_by_label("Name").fill("王静")
    page.get_by_label("Guangzhou").check()
    page.get_by_label("Street and number").fill("花")
    submit(page)
    expect(page.get_by_label("Street and number")).to_be_focused()
    page.get_by_label("Street and number").fill("花园路220号")
    submit(page)
    expect_task(page, "Nobody's turn")
    page.get_by_label("place").fill("seat 4")
    page.get_by_role("button", name="Send the message").click()
    expect_task(page, "Arrange the return")
    page.get_by_label("By courier").check()
    page.get_by_label("Day").fill("2026-03-05")
    submit(page)
    expect_task(page, "Sign for it")
    page.get_by_role("button", name="← Back").click()
    go_back(page)
    expect_task(page, "Arrange the return")
    submit(page)
    draw(page, page.locator("canvas"))
    submit(page)
    expect_task(page, "Returned")


def test_lost_property_comes_back_by_chat(demo: Demo, context: BrowserContext) -> None:
    page = open_flow(context, demo, "lost-property", persona="agent", channel="chat")
    answers(page).get_by_role("radio").first.click()
    answers(page).get_by_text("Bag").click()
    submit(page)
    expect_task(page, "Ask the driver")
    page.get_by_role("navigation", name="Open tasks").get_by_text("Ask the passenger").click()
    expect_task(page, "Ask the passenger")
    page.get_by_label("Name").fill("王静")
    page.get_by_label("Name").press("Enter")
    answers(page).get_by_text("Guangzhou").click()
    page.get_by_label("Street and number").fill("花")
    page.get_by_label("Street and number").press("Enter")
    expect(page.get_by_role("list", name="Chat")).to_contain_text("must have at least 4 characters")
    page.get_by_label("Street and number").fill("花园路220号")
    page.get_by_label("Street and number").press("Enter")
    submit(page)
    expect_task(page, "Ask the driver")
    answers(page).get_by_text("Found it").click()
    submit(page)
    expect_task(page, "Arrange the return")
    answers(page).get_by_text("At our station").click()
    page.get_by_label("Day").fill("2026-03-05")
    page.get_by_role("button", name="Send").click()
    submit(page)
    expect_task(page, "Sign for it")
    page.get_by_role("button", name="← Back").click()
    go_back(page)
    expect_task(page, "Arrange the return")
    submit(page)
    page.get_by_label("Signature").fill("王静")
    page.get_by_role("button", name="Send").click()
    submit(page)
    expect_task(page, "Returned")


def draw(page: Page, canvas: Locator) -> None:
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 90, steps=4)
    page.mouse.up()


# ---------------------------------------------------------------------- with others
def test_what_others_do_is_seen_at_once_and_what_is_typed_stays(demo: Demo, context: BrowserContext) -> None:
    agent = open_flow(context, demo, "fee-dispute", persona="agent")
    pick_ride(agent)
    agent.get_by_label("Refund").fill("50")
    submit(agent)
    expect(agent.get_by_role("main")).to_contain_text("It waits for: supervisor")
    lead = context.new_page()
    lead.goto(agent.url)
    ask_as(lead, "supervisor")
    lead.get_by_label("Refuse").check()
    lead.get_by_label("Why not").fill("the track shows the ride")
    lead.get_by_role("button", name="Claim").click()
    expect(lead.get_by_role("button", name="Release")).to_be_visible()
    expect(lead.get_by_label("Why not")).to_have_value("the track shows the ride")
    expect(agent.get_by_role("main")).to_contain_text("Claimed by: lead-2001")
    lead.get_by_label("Add a comment").fill("looked at the map")
    lead.get_by_role("button", name="Add", exact=True).click()
    expect(lead.get_by_role("region", name="Comments")).to_contain_text("looked at the map")
    expect(lead.get_by_label("Why not")).to_have_value("the track shows the ride")
    submit(lead)
    expect_task(agent, "Explain why not")


def test_a_task_is_claimed_and_released(demo: Demo, context: BrowserContext) -> None:
    page = open_flow(context, demo, "fee-dispute", persona="agent")
    page.get_by_role("button", name="Claim").click()
    expect(page.get_by_role("main")).to_contain_text("agent-8008")
    ask_as(page, "supervisor")  # who may take it over
    expect(page.get_by_label("Mobile number")).to_be_visible()
    ask_as(page, "agent")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_role("button", name="Claim")).to_be_visible()


def test_a_call_that_failed_is_tried_again_by_who_may(demo: Demo, context: BrowserContext) -> None:
    deploy_failing(demo, context)
    page = open_flow(context, demo, "hopeless-refund", persona="agent")
    failed = page.get_by_role("alert").filter(has_text="UPSTREAM")
    expect(failed).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    before = calls_of(demo, "POST /pay/v1/refunds")
    ask_as(page, "supervisor")
    with page.expect_response(lambda response: "retryTask" in (response.request.post_data or "")):
        page.get_by_role("button", name="Try again").click()
    expect(failed).to_be_visible()
    assert calls_of(demo, "POST /pay/v1/refunds") == before + 1


def deploy_failing(demo: Demo, context: BrowserContext) -> None:
    """A flow of the unit care that refunds an order which does not exist."""
    page = context.new_page()
    page.goto(f"{demo.url}/flows/run/bike-lock")
    config = json.loads(page.locator("#page-config").text_content() or "")
    token = next(one["token"] for one in config["personas"] if one["name"] == "engineer")
    refund = 'mutation { returnFee(input: { orderId: "R0", amountCents: 1, reason: "no" }) { id } }'
    model = {"model": chain(call("refund", refund))}
    given = {"key": "hopeless-refund", "unit": "care", "model": model}
    for query, variables in (
        ("mutation Save($input: SaveFlowInput!) { saveFlow(input: $input) { key } }", {"input": given}),
        ('mutation Deploy { deployFlow(input: { key: "hopeless-refund" }) { id } }', {}),
    ):
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"{demo.url}/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer["errors"]


def test_who_may_not_read_the_flow_sees_a_title_all_the_same(demo: Demo, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{demo.url}/flows/run/bike-lock")
    ask_as(page, "user")
    expect(page).to_have_title("Bike lock · Paifang")


# ---------------------------------------------------------------------- whoever asks
def test_somebody_elses_flow_is_not_shown(demo: Demo, context: BrowserContext) -> None:
    page = open_flow(context, demo, "bike-lock", persona="user")
    expect_task(page, "Report the lock")
    page.get_by_label("Ask as").select_option("front-end")
    expect(page.get_by_role("main")).to_contain_text("There is no such flow, or it is not yours to see.")


def test_a_flow_that_does_not_exist_is_refused_when_it_is_started(
    demo: Demo, context: BrowserContext
) -> None:
    page = open_flow(context, demo, "no-such-flow", persona="agent")
    expect(page.get_by_role("alert")).to_contain_text("no-such-flow")


def test_words_of_the_page_are_those_of_the_reader(demo: Demo, context: BrowserContext) -> None:
    page = context.new_page()
    page.add_init_script("Object.defineProperty(navigator, 'language', { get: () => 'zh-CN' })")
    page.goto(f"{demo.url}/flows/run/bike-lock")
    expect(page.get_by_role("button", name="开始")).to_be_visible()
