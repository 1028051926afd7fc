"""Where an issuer's keys come from: a file that changes, an address that may send anything."""

import asyncio
import json
import ssl
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from structlog.testing import capture_logs

from gateway.security.authentication import fetch_keys
from gateway.security.issuer_keys import FileKeys, keys_of_jwks
from gateway.security.key_files import MAX_KEY_BYTES, KeyUnusable
from tests.servers.certificates import make_authority
from tests.servers.upstream import Behaviour, answer, endless, gzip_bomb, redirect, reset, serve_upstream


def document(*kids: str) -> bytes:
    keys = [ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=False) for kid in kids]
    return json.dumps({"keys": keys}).encode()


def kids(keys: FileKeys) -> list[str | None]:
    return [key.kid for key in asyncio.run(keys.find(None))]


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(document("first"))
    keys = FileKeys(file)
    assert kids(keys) == ["first"]
    file.write_bytes(document("first", "second"))
    assert kids(keys) == ["first", "second"]


def test_a_file_that_is_swapped_by_its_link_is_read_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(document(name))
    link = tmp_path / "jwks.json"
    link.symlink_to("one")
    keys = FileKeys(link)
    swapped = tmp_path / "swapped"
    swapped.symlink_to("two")
    swapped.rename(link)
    assert kids(keys) == ["two"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"keys": []}', b"[" * (MAX_KEY_BYTES + 1), None])
def test_keys_stay_while_their_file_cannot_be_used_and_that_is_logged_once(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(document("first"))
    keys = FileKeys(file)
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with capture_logs() as logs:
        assert (kids(keys), kids(keys)) == (["first"], ["first"])
    assert [log["event"] for log in logs] == ["the file of the issuer's keys cannot be used"]
    file.write_bytes(document("second"))
    assert kids(keys) == ["second"]


def test_a_file_that_cannot_be_used_at_start_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match=r"jwks\.json"):
        FileKeys(tmp_path / "jwks.json")
    (tmp_path / "jwks.json").write_bytes(b" " * (MAX_KEY_BYTES + 1))
    with pytest.raises(KeyUnusable, match="more than 100,000 bytes"):
        FileKeys(tmp_path / "jwks.json")


async def fetch_from(behaviour: Behaviour) -> bytes:
    authority = make_authority()
    async with serve_upstream(behaviour, tls=authority.server_context("127.0.0.1")) as upstream:
        trusting = ssl.create_default_context(cadata=authority.pem.decode())
        return await fetch_keys(upstream.url("/jwks"), tls=trusting)


def test_a_document_of_common_size_is_fetched() -> None:
    sent = document("first")
    assert asyncio.run(fetch_from(answer(sent))) == sent


@pytest.mark.parametrize("behaviour", [answer(b" " * (MAX_KEY_BYTES + 1)), endless()])
def test_a_document_without_end_is_given_up(behaviour: Behaviour) -> None:
    with pytest.raises(KeyUnusable, match="more than 100,000 bytes"):
        asyncio.run(fetch_from(behaviour))


def test_a_packed_document_is_not_unpacked() -> None:
    packed = asyncio.run(fetch_from(gzip_bomb(size_bytes=10_000_000)))
    assert len(packed) < MAX_KEY_BYTES
    with pytest.raises(KeyUnusable, match="no JSON"):
        keys_of_jwks(packed)


@pytest.mark.parametrize("behaviour", [answer(b"{}", status=500), redirect("https://127.0.0.1/"), reset()])
def test_an_issuer_that_does_not_answer_with_a_document_is_named(behaviour: Behaviour) -> None:
    with pytest.raises(KeyUnusable, match="cannot be fetched"):
        asyncio.run(fetch_from(behaviour))


def test_an_address_that_is_away_is_named() -> None:
    with pytest.raises(KeyUnusable, match="cannot be fetched"):
        asyncio.run(fetch_keys("https://127.0.0.1:1/jwks"))
