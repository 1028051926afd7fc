"""The demo as a visitor meets it: what it prints works when pasted, its page works, Ctrl-C ends all of it.

On its embedded store, which a page cannot tell from another; the demo on MongoDB is the last test.
"""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Response, expect

from examples.rides.personas import PERSONAS
from gateway.cli.failure import ExitCode
from gateway.stores.mongod import mongod_binary
from tests.servers.browser import (
    TAB_TITLES,
    browser,
    context,
    open_page,
    run_operation,
    show_panel,
)
from tests.servers.gateway import ROOT
from tests.servers.mongod import skip_or_fail_without_mongod

__all__ = ["browser", "context"]

RESPONSE = ".graphiql-response .view-lines"
END_S = 20.0  # of a loaded machine; an idle one needs 1 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    process: subprocess.Popen[str]
    screen: str

    @property
    def url(self) -> str:
        """Of the gateway, without a path."""
        return re.findall(r"^Open  (http://\S+)/graphql", self.screen, re.MULTILINE)[0]

    @property
    def lines_to_paste(self) -> list[str]:
        return re.findall(r"^  (curl .*)$", self.screen, re.MULTILINE)

    @property
    def folder(self) -> Path:
        return Path(re.findall(r"-H @(\S+)/agent ", self.screen)[0])

    def paste(self, line: str) -> dict[str, object]:
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)


@contextmanager
def run_demo(*flags: str, **environment: str) -> Generator[Demo]:
    """A demo on free ports; Ctrl-C ends it with 0, and nothing of it answers any more."""
    command = [sys.executable, "-P", "-m", "gateway.cli.main", "demo", "--port", "0", *flags]
    variables = [f"{name}={value}" for name, value in {"PYTHONPATH": ROOT, **environment}.items()]
    with subprocess.Popen(
        ["env", *variables, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Ctrl-C"):
                break
        demo = Demo(process=process, screen="".join(said))
        try:
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(END_S)
    assert process.returncode == ExitCode.OK
    for address in re.findall(r"http://127\.0\.0\.1:\d+", demo.screen):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)


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
    line = demo.lines_to_paste[3]
    answers = [demo.paste(line.replace("/front-end ", f"/{one.name} ")) for one in PERSONAS]
    contacts = [answer["data"]["user"]["contact"] for answer in answers]  # pyright: ignore  # JSON
    assert contacts == [one.contact for one in PERSONAS]
    assert "ACCESS_DENIED" in str(answers[0]["errors"])


def test_a_look_up_of_the_page_shows_three_apis_and_their_plan(demo: Demo, context: BrowserContext) -> None:
    page = open_page(context, demo.url)
    expect(page.locator(TAB_TITLES)).to_have_text(["OrdersByPhone", "BikeState", "RefundOfOrder"])
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
    for _ in range(2):
        with run_demo("--mongo", "--data", str(tmp_path)) as demo:
            assert list(demo.paste(demo.lines_to_paste[0])) == ["data"]
    assert (tmp_path / "mongo" / "WiredTiger").exists()
