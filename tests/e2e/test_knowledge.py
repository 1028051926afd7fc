"""Knowledge over HTTP: published and found on every worker; nothing that editors write runs in a browser."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.servers.browser import browser
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.tokens import bearer

__all__ = ["browser"]

SAVE = "mutation ($input: ArticleInput!) { saveArticle(input: $input) { id answers { html body } } }"
PUBLISH = "mutation ($id: ID!) { publishArticle(id: $id) { seq } }"
SEARCH = """
query ($input: SearchInput!) {
  searchKnowledge(input: $input) { hits { highlight answer { html body } article { question } } }
}
"""
ROUNDS = 6
HOSTILE = [
    "<script>ran()</script>",
    "<img src=x onerror=ran()>",
    '<svg/onload=ran()><a href="javascript:ran()" id=click>x</a>',
    "[x](javascript:ran())",
    "<javascript:ran()>",
    "<scr<script>ipt>ran()</script>",
    '<iframe srcdoc="<script>parent.ran()</script>"></iframe>',
    "<math><mtext><table><mglyph><style><img src=x onerror=ran()>",
    "<style>@import 'javascript:ran()'</style><b style='x:expression(ran())'>b</b>",
    '<form action="javascript:ran()"><button>go</button></form>',
]
PAGE = (
    b"<!doctype html><script>window.didRun = 1; document.title = 'ran'</script><img src=x onerror=didRun=1>"
)


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve(tmp_path_factory.mktemp("knowledge"), "--dev-auth", "--workers", "2") as running:
        yield running


def ask(site: Gateway, text: str, variables: object, *, role: str = "editor", unit: str = "rides") -> str:
    """The answer's text; each time over a connection of its own, which either worker may take."""
    headers = bearer(site, "someone", roles=[role], units=[unit] if unit else [])
    answer = httpx.post(f"{site.url}/graphql", json={"query": text, "variables": variables}, headers=headers)
    return answer.text


def saved(site: Gateway, question: str, answers: list[dict[str, str]]) -> str:
    given = {"unit": "rides", "question": question, "answers": answers}
    return json.loads(ask(site, SAVE, {"input": given}))["data"]["saveArticle"]["id"]


def published(site: Gateway, question: str, answers: list[dict[str, str]]) -> float:
    """The change to wait for."""
    article = saved(site, question, answers)
    return json.loads(ask(site, PUBLISH, {"id": article}))["data"]["publishArticle"]["seq"]


def test_what_one_worker_publishes_is_found_on_all(site: Gateway) -> None:
    for number in range(ROUNDS):
        seq = published(site, f"question{number}", [{"body": "x"}])
        for _ in range(3):
            found = ask(
                site, SEARCH, {"input": {"query": f"question{number}", "minSeq": seq}}, role="", unit=""
            )
            hits = json.loads(found)["data"]["searchKnowledge"]["hits"]
            assert hits[0]["article"]["question"] == f"question{number}"


def test_a_reader_does_not_write_and_a_draft_is_not_found(site: Gateway) -> None:
    given = {"unit": "rides", "question": "mine", "answers": [{"body": "x"}]}
    assert "ACCESS_DENIED" in ask(site, SAVE, {"input": given}, role="user")
    assert "ACCESS_DENIED" in ask(site, SAVE, {"input": given}, unit="shop")
    saved(site, "draftword", [{"body": "x"}])
    assert "draftword" not in ask(site, SEARCH, {"input": {"query": "draftword"}})


def test_S11_nothing_that_editors_write_runs_in_a_browser(site: Gateway, browser: Browser) -> None:
    pieces: list[str] = []
    for number, body in enumerate(HOSTILE):
        answers = [
            {"body": body, "format": format_, "channel": format_} for format_ in ("markdown", "html", "text")
        ]
        seq = published(site, f"hostile{number} {body}"[:200], answers)
        for channel in ("markdown", "html", "text"):
            scope = {"channel": channel}
            asked = {"query": f"hostile{number}", "minSeq": seq, "scope": scope, "first": 1}
            (hit,) = json.loads(ask(site, SEARCH, {"input": asked}))["data"]["searchKnowledge"]["hits"]
            pieces += [hit["answer"]["html"], hit["highlight"]]
            if channel != "text":
                pieces.append(hit["answer"]["body"])  # for a front-end that renders it as HTML itself
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script("window.ran = () => { window.didRun = true }")
        for piece in pieces:
            page.set_content(f"<div>{piece}</div>")
            for link in page.query_selector_all("a, button"):
                link.dispatch_event("click")
            assert page.evaluate("window.didRun === undefined"), piece


def test_S11_an_html_attachment_never_runs_in_a_browser(site: Gateway, browser: Browser) -> None:
    headers = bearer(site, "someone", roles=["editor"], units=["rides"])
    target = f"{site.url}/attachments?unit=rides&name=page.html"
    kind = {"content-type": "text/html"}
    sent = httpx.post(target, content=PAGE, headers={**headers, **kind})
    url = f"{site.url}{sent.headers['location']}"
    with browser.new_context(extra_http_headers=headers) as context:
        page = context.new_page()
        page.goto(f"{site.url}/health/live")
        with page.expect_download() as download:
            page.evaluate("url => { location.href = url }", url)
        assert download.value.suggested_filename == "page.html"
        assert page.title() != "ran"
        for tag in ("iframe", "object", "embed", "script", "img"):
            page.set_content(f"<{tag} src='{url}' data='{url}'></{tag}>")
            page.wait_for_load_state("load")
            for frame in page.frames:
                assert frame.evaluate("window.didRun === undefined"), tag


def test_the_index_is_one_folder_in_the_data_directory(site: Gateway) -> None:
    assert [path.name.partition("-")[0] for path in Path(site.data).glob("index*")] == ["index"]
