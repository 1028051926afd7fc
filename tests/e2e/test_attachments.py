"""Files over HTTP: taken in within bounds and given out to whom they are for."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from tests.resolvers.knowledge.attachments.files import pdf
from tests.servers.gateway import Gateway
from tests.servers.gateway_fixtures import Serve
from tests.servers.raw_client import RawClient
from tests.servers.tokens import bearer

MAX_BYTES = 3_000_000  # more than any other request may have
SAVE = "mutation ($input: ArticleInput!) { saveArticle(input: $input) { id } }"
PUBLISH = "mutation ($id: ID!) { publishArticle(id: $id) { seq } }"
SEARCH = """
query ($input: SearchInput!) { searchKnowledge(input: $input) { hits { why answer { files { url } } } } }
"""
HTML = b"<!doctype html><script>ran()</script>"
BYTES = {"content-type": "application/octet-stream"}


@pytest.fixture(scope="module")
def site(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    environment = {"PAIFANG_LIMITS_ATTACHMENT_BYTES": str(MAX_BYTES)}
    data = tmp_path_factory.mktemp("attachments")
    with serve(data, "--dev-auth", "--workers", "2", environment=environment) as running:
        yield running


def editor(site: Gateway, unit: str = "rides") -> dict[str, str]:
    return bearer(site, f"editor of {unit}", roles=["editor"], units=[unit])


def send(
    site: Gateway, content: bytes, name: str, *, headers: dict[str, str] | None = None, unit: str = "rides"
) -> httpx.Response:
    given = {**editor(site), **BYTES, **(headers or {})}
    return httpx.post(
        f"{site.url}/attachments?unit={unit}&name={quote(name)}", content=content, headers=given
    )


def fetch(site: Gateway, file: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{site.url}/attachments/{file}", headers=headers)


def ask(site: Gateway, text: str, headers: dict[str, str], **variables: object) -> dict[str, object]:
    answer = httpx.post(f"{site.url}/graphql", json={"query": text, "variables": variables}, headers=headers)
    assert "errors" not in answer.json(), answer.text
    (value,) = answer.json()["data"].values()
    return value


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def test_a_file_goes_in_is_found_by_its_words_and_comes_out_as_it_was(site: Gateway) -> None:
    content = pdf("a tandem costs twelve")
    sent = send(site, content, "收费 2026.pdf")
    assert sent.status_code == 201
    file = sent.json()
    assert sent.headers["location"] == f"/attachments/{file['id']}"
    assert file == {
        "id": file["id"],
        "name": "收费 2026.pdf",
        "type": "application/pdf",
        "sizeBytes": len(content),
        "problem": None,
    }
    reader = bearer(site, "uma", roles=["user"])
    assert code_of(fetch(site, file["id"], reader)) == (404, "ATTACHMENT_NOT_FOUND")
    answers = [{"body": "See the tariff.", "attachments": [file["id"]]}]
    given = {"unit": "rides", "question": "What are the prices?", "answers": answers}
    article = ask(site, SAVE, editor(site), input=given)
    seq = ask(site, PUBLISH, editor(site), id=article["id"])["seq"]
    found = ask(site, SEARCH, reader, input={"query": "tandem", "minSeq": seq})
    (hit,) = json.loads(json.dumps(found["hits"]))
    assert hit["why"]["attachment"] == {"id": file["id"], "name": "收费 2026.pdf"}
    url = site.url + hit["answer"]["files"][0]["url"]
    for _ in range(4):  # over connections of their own, which either worker may take
        assert httpx.get(url, headers=reader).content == content
    given_out = httpx.get(url, headers=reader)
    assert given_out.headers["content-type"] == "application/pdf"
    name = "%E6%94%B6%E8%B4%B9%202026.pdf"
    assert given_out.headers["content-disposition"] == (
        f"attachment; filename=\"__ 2026.pdf\"; filename*=UTF-8''{name}"
    )
    assert given_out.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in given_out.headers["content-security-policy"]


def test_a_file_is_as_large_as_files_may_be_and_no_larger(site: Gateway) -> None:
    assert send(site, b"x" * MAX_BYTES, "a.txt").json()["sizeBytes"] == MAX_BYTES
    assert code_of(send(site, b"x" * (MAX_BYTES + 1), "a.txt")) == (413, "PAYLOAD_TOO_LARGE")


async def test_S1_a_file_without_a_length_is_counted_while_it_comes(site: Gateway) -> None:
    client = await RawClient.open(site.url)
    headers = {**editor(site), "transfer-encoding": "chunked"}
    client.send_head(headers, path="/attachments?unit=rides&name=a.txt")
    await client.send_chunks(b"x" * 65_536 for _ in range(1_000))
    assert (await client.reply()).status == 413
    await client.leave()


async def test_who_may_not_upload_is_told_before_the_file_is_read(site: Gateway) -> None:
    for headers, status in (
        ({}, 401),
        (bearer(site, "uma", roles=["user"]), 403),
        (editor(site, "care"), 403),
    ):
        client = await RawClient.open(site.url)
        named = {**headers, "content-length": "1000000"}
        client.send_head(named, path="/attachments?unit=rides&name=a.txt")
        assert (await client.reply()).status == status
        await client.leave()


def test_what_cannot_be_taken_is_told(site: Gateway) -> None:
    assert code_of(send(site, b"", "a.txt")) == (422, "ATTACHMENT_EMPTY")
    assert code_of(send(site, b"MZ\0", "a.exe")) == (415, "ATTACHMENT_TYPE")
    assert code_of(send(site, HTML, "a.pdf")) == (415, "ATTACHMENT_TYPE")
    assert code_of(send(site, b"x", "")) == (400, "BAD_REQUEST")
    broken = send(site, b"%PDF-1.7 and no more", "a.pdf")
    assert (broken.status_code, broken.json()["problem"]["code"]) == (201, "TEXT_UNREADABLE")


def test_other_ways_lead_nowhere(site: Gateway) -> None:
    for method, path, status in (
        ("PUT", "/attachments", 405),
        ("GET", "/attachments", 405),
        ("DELETE", "/attachments/x", 405),
        ("POST", "/attachments/x", 405),
        ("GET", "/attachments/..%2F..%2Fpaifang.sqlite", 404),
        ("GET", "/attachments/%24ne", 404),
    ):
        answer = httpx.request(method, site.url + path, headers=editor(site))
        assert answer.status_code == status, (method, path)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_S5_what_a_page_may_send_unasked_is_refused(site: Gateway, gateway: Gateway, kind: str) -> None:
    for place in (site, gateway):
        headers = {**editor(site), "content-type": kind} if place is site else {"content-type": kind}
        answer = httpx.post(f"{place.url}/attachments?unit=rides&name=a.txt", content=b"x", headers=headers)
        assert answer.status_code == 415, answer.text


def test_S5_a_foreign_page_sends_and_reads_nothing_where_callers_are_not_known(gateway: Gateway) -> None:
    target = f"{gateway.url}/attachments?unit=rides&name=a.txt"
    kept = httpx.post(target, content=b"x", headers={**BYTES, "origin": gateway.url})
    assert kept.status_code == 201
    own = f"{gateway.url}/attachments/{kept.json()['id']}"
    assert httpx.get(own).headers["cross-origin-resource-policy"] == "same-origin"
    for foreign in ({"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}):
        assert code_of(httpx.post(target, content=b"x", headers={**BYTES, **foreign})) == (
            403,
            "ACCESS_DENIED",
        )
        assert code_of(httpx.get(own, headers=foreign)) == (403, "ACCESS_DENIED")
