"""`paifang operations`: manifests are registered whole or not at all; what runs is listed."""

import json
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command, Ended
from tests.gateway.cli.test_check import shop_of, write
from tests.gateway.cli.test_diff import shop
from tests.servers.gateway import Gateway

__all__ = ["shop"]

QUERY = 'query Screen { built(id: "1") { __typename } }'
HASH = sha256(QUERY.encode()).hexdigest()


@pytest.fixture
def url(paifang: Command, shop: Gateway, tmp_path: Path) -> str:  # the fixture of that name
    (file,) = write(tmp_path, built=shop_of("built"))
    assert paifang("publish", file, "--url", shop.url).code == ExitCode.OK
    return shop.url


def register(paifang: Command, content: object, url: str, path: Path) -> Ended:
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return paifang("operations", "register", str(path), "--client", "app", "--url", url)


def test_each_form_of_file_is_registered_once(paifang: Command, url: str, tmp_path: Path) -> None:
    manifest = {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": HASH, "name": "Screen", "type": "query", "body": QUERY}],
    }
    json_file = tmp_path / "manifest.json"
    assert register(paifang, manifest, url, json_file).out == "1 registered, 0 were known\n"
    assert register(paifang, {HASH: QUERY}, url, json_file).out == "0 registered, 1 were known\n"
    assert register(paifang, QUERY, url, tmp_path / "one.graphql").out == "0 registered, 1 were known\n"
    by_hash = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
    answer = httpx.post(
        f"{url}/graphql", json=by_hash, headers={"x-client-name": "shop-app"}, trust_env=False
    )
    assert "data" in answer.json()

    listed = paifang("operations", "list", "--of", "Query.built", "--client", "shop-app", "--url", url)
    assert "Screen: 1 times, last " in listed.out
    assert listed.out.endswith("shop-app (1)\n")
    assert paifang("operations", "list", "--client", "nobody", "--url", url).out == ""
    assert paifang("operations", "remove", HASH, "--url", url).out == "1 removed\n"
    assert paifang("operations", "remove", HASH, "--url", url).out == "0 removed\n"


def test_what_does_not_run_or_has_another_hash_registers_nothing(
    paifang: Command, url: str, tmp_path: Path
) -> None:
    wrong = {HASH: QUERY, "0" * 64: QUERY + " ", sha256(b"{ nothing }").hexdigest(): "{ nothing }"}
    ended = register(paifang, wrong, url, tmp_path / "wrong.json")
    assert ended.code == ExitCode.PROBLEMS
    assert "HASH_DIFFERS" in ended.out
    assert "Cannot query field 'nothing'" in ended.out
    by_hash = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
    answer = httpx.post(f"{url}/graphql", json=by_hash, trust_env=False)
    assert answer.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("content", ["{", "[]", '{"operations": []}'])
def test_a_file_that_is_no_manifest_is_told(content: str, paifang: Command, url: str, tmp_path: Path) -> None:
    ended = register(paifang, content, url, tmp_path / "none.json")
    assert (ended.code, "is no manifest" in ended.err) == (ExitCode.USAGE, True)
