"""The demo as a visitor meets it: what it prints works when pasted, its page works, Ctrl-C ends all of it.

On its embedded store, which a page cannot tell from another; the demo on MongoDB is the last test.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Response, expect

from examples.rides.personas import PERSONAS
from examples.rides.showcase import FIRST_COMMIT, FLOWS
from gateway.cli.failure import ExitCode
from gateway.cli.remote import JSON
from gateway.stores.mongod import mongod_binary
from tests.servers.browser import (
    TAB_TITLES,
    browser,
    context,
    open_page,
    run_operation,
    show_panel,
)
from tests.servers.demo import Demo, run_demo
from tests.servers.gateway import ROOT
from tests.servers.mongod import skip_or_fail_without_mongod

__all__ = ["browser", "context"]

RESPONSE = ".graphiql-response .view-lines"
CHOOSING = ".graphiql-execute-button[aria-haspopup=menu]"


def is_schema(answer: Response) -> bool:
    return "IntrospectionQuery" in (answer.request.post_data or "")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with run_demo() as demo:
        yield demo
    assert not demo.folder.exists()


def test_three_queries_answer_when_pasted(demo: Demo) -> None:
    answers = [demo.paste(line) for line in demo.lines_to_paste[:3]]
    assert [list(answer) for answer in answers] == [["data"]] * 3, answers


def test_one_field_answers_each_person_differently(demo: Demo) -> None:
    line = demo.lines_to_paste[-1]
    answers = [demo.paste(line.replace("/front-end ", f"/{one.name} ")) for one in PERSONAS]
    contacts = [answer["data"]["user"]["contact"] for answer in answers]  # pyright: ignore  # JSON
    assert contacts == [one.contact for one in PERSONAS]
    assert "ACCESS_DENIED" in str(answers[0]["errors"])


def test_a_flow_is_started_committed_and_rolled_back_when_pasted(demo: Demo) -> None:
    answer = demo.paste(demo.flow_steps)
    tasks = answer["data"]["rollbackTask"]["tasks"]  # pyright: ignore  # JSON
    assert [task["name"] for task in tasks] == ["查用户 · Find the customer"]
    assert tasks[0]["form"]["values"] == FIRST_COMMIT


def test_the_flaky_service_is_asked_again_and_nobody_notices(demo: Demo) -> None:
    answers = [demo.ask("agent", '{ user(id: "1231") { points } }') for _ in range(9)]
    assert [answer["user"]["points"] for answer in answers] == [1231 * 37 % 5000] * 9
    query = '{ explain(query: "{ user(id: 1231) { points } }") { groups { calls { api policy } } } }'
    calls = [call for group in demo.ask("engineer", query)["explain"]["groups"] for call in group["calls"]]
    assert {"api": "people.points", "policy": "≤ 3 attempts, breaker at 50% failures"} in calls


def test_how_the_apis_did_is_told_when_pasted(demo: Demo) -> None:
    for _ in range(3):
        demo.ask("agent", '{ user(id: "1231") { points } }')

    quality, field = (demo.paste(line) for line in demo.lines_to_paste if "quality" in line)

    rows = {row["key"]: row for row in quality["data"]["quality"]}  # pyright: ignore  # JSON
    points = rows["people.points"]
    assert points["errors"] == 0
    assert points["sent"] > points["calls"] >= 3  # every third is asked again
    told = field["data"]["resourceField"]  # pyright: ignore  # JSON
    assert "care.refundPolicy" in told["dependsOn"]


def test_every_flow_of_the_demo_is_deployed_without_a_problem(demo: Demo) -> None:
    query = "{ flows { nodes { key problems { message } latest { version } } } }"
    answer = demo.ask("engineer", query)
    deployed = {flow["key"]: (flow["problems"], flow["latest"]) for flow in answer["flows"]["nodes"]}
    assert deployed == dict.fromkeys(FLOWS, ([], {"version": 1}))


def test_the_tab_of_flows_starts_one(demo: Demo, context: BrowserContext) -> None:
    page = open_page(context, demo.url)
    with page.expect_response(is_schema):
        page.get_by_label("Ask as").select_option("agent")
    page.locator(TAB_TITLES, has_text="StartFlow").click()
    page.locator(CHOOSING).click()  # a menu once the page has read that there are several
    page.get_by_role("menuitem", name="StartFlow").click()
    expect(page.locator(RESPONSE)).to_contain_text("查用户")


def test_a_look_up_of_the_page_shows_three_apis_and_their_plan(demo: Demo, context: BrowserContext) -> None:
    page = open_page(context, demo.url)
    expect(page.locator(TAB_TITLES)).to_have_text(
        ["OrdersByPhone", "BikeState", "RefundOfOrder", "SearchKnowledge", "MatchSolutions", "StartFlow"]
    )
    with page.expect_response(is_schema):  # asked for again, as the agent sees it
        page.get_by_label("Ask as").select_option("agent")
    page.locator(TAB_TITLES, has_text="RefundOfOrder").click()
    show_panel(page, "Plan")  # first: the page needs a moment to know which operation the tab holds
    plan = page.get_by_role("region", name="Plan")
    expect(plan).to_contain_text("care.refundPolicy")
    expect(plan).to_contain_text("people.level")
    run_operation(page)
    expect(page.locator(RESPONSE)).to_contain_text("maxCents")
    expect(page.locator(RESPONSE)).not_to_contain_text("errors")


def test_the_page_asks_as_another_person(demo: Demo, context: BrowserContext) -> None:
    page = open_page(context, demo.url)
    for one in PERSONAS[:3]:  # the end user may not see the schema, which the browser reports as an error
        page.get_by_label("Ask as").select_option(one.name)
        expect(page.get_by_role("status", name="Who you are")).to_contain_text(one.subject)
        run_operation(page)  # the first look-up: its orders' user has the field
        expect(page.locator(RESPONSE)).to_contain_text(
            f'"contact": {json.dumps(one.contact, ensure_ascii=False)}'
        )


def test_a_taken_port_is_said_with_what_to_type(demo: Demo) -> None:
    port = urlsplit(demo.url).port
    command = [sys.executable, "-P", "-m", "gateway.cli.main", "demo", "--port", str(port)]
    done = subprocess.run(
        ["env", f"PYTHONPATH={ROOT}", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (ExitCode.UNREACHABLE, "")
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
    assert "--port" in done.stderr.splitlines()[-1]


def test_a_database_set_for_another_gateway_is_left_alone() -> None:
    with run_demo(
        PAIFANG_MONGO_URL="mongodb://127.0.0.1:1/theirs"
    ) as demo:  # nothing could be published there
        assert list(demo.paste(demo.lines_to_paste[0])) == ["data"]


def test_it_is_the_same_on_mongodb_and_starts_again_on_the_same_folder(tmp_path: Path) -> None:
    with skip_or_fail_without_mongod():
        mongod_binary()
    notice = '{ article(id: "notice-winter") { revision versions { revision } updatedAt } }'
    found: list[JSON] = []
    for _ in range(2):
        with run_demo("--mongo", "--data", str(tmp_path)) as demo:
            assert list(demo.paste(demo.lines_to_paste[0])) == ["data"]
            found.append(demo.ask("engineer", notice))
            step = demo.paste(demo.finding_steps[0])
            assert step["data"]["searchKnowledge"]["hits"], step  # pyright: ignore  # JSON
            assert demo.paste("\n".join(demo.finding_steps[1:])).keys() == {"data"}
    assert found[0] == found[1], "nothing is imported or published twice"
    assert (tmp_path / "mongo" / "WiredTiger").exists()
