"""Every widget in a real Chromium: what a person gives through it is what is committed."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from gateway.cli.demonstration import DEPLOY
from gateway.cli.remote import JSON, RemoteGateway
from tests.servers.browser import browser, context
from tests.servers.demo import Demo, run_demo

__all__ = ["browser", "context"]

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
COLOURS = {"type": "string", "enum": ["red", "green"]}
MANY = {"type": "string", "enum": [f"line {number}" for number in range(1, 13)]}
PLACE = {
    "type": "object",
    "title": "Place",
    "x-widget": "address",
    "properties": {"city": {"type": "string", "title": "City"}},
}
FIELDS: dict[str, object] = {
    "name": {"type": "string", "title": "Name", "x-placeholder": "Li"},
    "note": {"type": "string", "title": "Note", "maxLength": 900},
    "count": {"type": "integer", "title": "Count"},
    "price": {"type": "number", "title": "Price", "x-widget": "amount", "x-currency": "CNY"},
    "urgent": {"type": "boolean", "title": "Urgent"},
    "colour": {**COLOURS, "title": "Colour"},
    "line": {**MANY, "title": "Line"},
    "tags": {"type": "array", "title": "Tags", "items": COLOURS},
    "day": {"type": "string", "title": "Day", "format": "date"},
    "hour": {"type": "string", "title": "Hour", "format": "time"},
    "moment": {"type": "string", "title": "Moment", "format": "date-time"},
    "street": {"type": "string", "title": "Street", "x-widget": "address"},
    "place": PLACE,
    "photo": {"type": "string", "title": "Photo", "x-widget": "photo", "contentMediaType": "image/png"},
    "ride": {"type": "string", "title": "Ride", "x-widget": "order-picker"},
    "signature": {"type": "string", "title": "Signature", "x-widget": "signature"},
    "box": {"type": "object", "title": "Box", "properties": {"width": {"type": "number", "title": "Width"}}},
    "marks": {"type": "array", "title": "Marks", "items": {"type": "string", "title": "Mark"}},
    "more": {"title": "More"},
    "stars": {"type": "integer", "title": "Stars", "x-widget": "number"},
}
UI = {
    "web": {
        "fields": [
            *(name for name in FIELDS if name != "stars"),
            {"name": "stars", "widget": "constellation"},
        ]
    }
}
MODEL = {
    "elements": [
        {"key": "start", "type": "startEvent"},
        {"key": "s1", "type": "sequenceFlow", "source": "start", "target": "ask"},
        {"key": "ask", "type": "userTask", "name": "All of them", "form": "all"},
        {"key": "s2", "type": "sequenceFlow", "source": "ask", "target": "end"},
        {"key": "end", "type": "endEvent", "name": "Over"},
    ],
    "forms": {"all": {"schema": {"type": "object", "properties": FIELDS}, "ui": UI}},
}
VARIABLES = "query($id: ID!) { flowInstance(id: $id) { variables } }"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with run_demo() as demo:
        flow = {"key": "widgets", "unit": "care", "model": {"model": MODEL}}
        as_persona(demo, "engineer").ask(DEPLOY, {"flow": flow, "deployment": {"key": "widgets"}})
        yield demo


def as_persona(demo: Demo, name: str) -> RemoteGateway:
    token = (demo.folder / name).read_text("utf-8").partition("Bearer ")[2].splitlines()[0]
    return RemoteGateway(url=demo.url, token=token)


def begin(context: BrowserContext, demo: Demo) -> Page:
    page = context.new_page()
    page.goto(f"{demo.url}/flows/run/widgets")
    page.get_by_label("Ask as").select_option("agent")
    expect(page.get_by_role("status", name="Who you are")).to_contain_text("agent-8008")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All of them")
    return page


def variables_of(demo: Demo, page: Page) -> JSON:
    instance = page.evaluate("new URL(location.href).searchParams.get('instance')")
    answer = as_persona(demo, "agent").ask(VARIABLES, {"id": instance})
    return answer["flowInstance"]["variables"]


def finish(page: Page) -> None:
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Over")


def test_each_widget_commits_what_it_was_given(demo: Demo, context: BrowserContext, tmp_path: Path) -> None:
    page = begin(context, demo)
    texts = {"Name": "Li", "Note": "two\nlines", "Count": "3", "Price": "12.5", "Day": "2026-03-05"}
    texts |= {
        "Hour": "08:30:00",
        "Moment": "2026-03-05T08:30",
        "Street": "1 Road",
        "City": "GZ",
        "Ride": "R1",
    }
    texts |= {"Width": "1.5", "More": '{"a": [1]}', "Stars": "4"}
    for label, text in texts.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("group", name="Urgent").get_by_label("No").check()
    page.get_by_role("group", name="Colour").get_by_label("green").check()
    page.get_by_label("Line").select_option("line 12")
    page.get_by_role("group", name="Tags").get_by_label("red").check()
    page.get_by_label("Signature").fill("Li")
    page.get_by_role("button", name="Add one").click()
    page.get_by_label("Mark 1").fill("scratched")
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    page.get_by_label("Photo").set_input_files(tmp_path / "pixel.png")
    expect(page.get_by_role("img", name="Photo")).to_be_visible()
    page.screenshot(path=tmp_path / "widgets.png", full_page=True)
    finish(page)
    given = variables_of(demo, page)
    assert given.pop("photo").startswith("data:image/jpeg;base64,")
    assert given.pop("moment").startswith("2026-03-05T08:30:00")
    assert given.pop("hour").startswith("08:30:00")
    assert given == {
        "name": "Li",
        "note": "two\nlines",
        "count": 3,
        "price": 12.5,
        "urgent": False,
        "colour": "green",
        "line": "line 12",
        "tags": ["red"],
        "day": "2026-03-05",
        "street": "1 Road",
        "place": {"city": "GZ"},
        "ride": "R1",
        "signature": "Li",
        "box": {"width": 1.5},
        "marks": ["scratched"],
        "more": {"a": [1]},
        "stars": 4,
    }


def test_nothing_filled_commits_nothing(demo: Demo, context: BrowserContext) -> None:
    page = begin(context, demo)
    finish(page)
    assert variables_of(demo, page) == {}


def test_what_is_no_number_and_no_json_is_told_at_its_field(demo: Demo, context: BrowserContext) -> None:
    page = begin(context, demo)
    page.get_by_label("More").fill("{")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert").first).to_contain_text("This is no JSON")
    page.get_by_label("More").fill("{}")
    page.get_by_label("Count").fill("three")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Count")).to_have_attribute("aria-invalid", "true")
