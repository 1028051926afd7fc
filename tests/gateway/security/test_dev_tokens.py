"""Tokens for development: a key made once in the data directory, and tokens signed with it."""

import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.errors import TokenRefused
from gateway.security.dev_tokens import KEY_FILE, mint_token, open_token_key
from gateway.security.issuer_keys import FixedKeys
from gateway.security.key_files import KeyUnusable
from gateway.security.tokens import TokenAuthenticator, TokenRules

NOW = 1_800_000_000.0
HOUR = timedelta(hours=1)


def gate(data: Path, *, now_s: float = NOW, rules: TokenRules | None = None) -> TokenAuthenticator:
    keys = FixedKeys([open_token_key(data).public])
    return TokenAuthenticator(keys, rules or TokenRules(), now_s=lambda: now_s, anonymous=False)


def test_a_minted_token_proves_whom_it_names(tmp_path: Path) -> None:
    token = mint_token(
        open_token_key(tmp_path),
        "ann",
        now_s=NOW,
        lifetime=HOUR,
        roles=["agent"],
        units=["rides"],
        scopes=["read", "write"],
        channel="hotline",
        audience="paifang",
    )
    principal = asyncio.run(
        gate(tmp_path, rules=TokenRules(audience="paifang")).authenticate(f"Bearer {token}")
    )
    assert principal.subject == "ann"
    assert principal.roles == {"agent"}
    assert principal.units == {"rides"}
    assert principal.scopes == {"read", "write"}
    assert principal.channel == "hotline"


def test_a_minted_token_ends(tmp_path: Path) -> None:
    token = mint_token(open_token_key(tmp_path), "ann", now_s=NOW, lifetime=HOUR)
    with pytest.raises(TokenRefused, match="expired"):
        asyncio.run(gate(tmp_path, now_s=NOW + 3_700).authenticate(f"Bearer {token}"))


def test_a_token_of_another_data_directory_is_refused(tmp_path: Path) -> None:
    token = mint_token(open_token_key(tmp_path / "other"), "ann", now_s=NOW, lifetime=HOUR)
    with pytest.raises(TokenRefused):
        asyncio.run(gate(tmp_path).authenticate(f"Bearer {token}"))


def test_the_key_is_its_owners_alone_and_kept(tmp_path: Path) -> None:
    first = open_token_key(tmp_path / "deep" / "er")
    path = tmp_path / "deep" / "er" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_token_key(path.parent).public.kid == first.public.kid
    assert not first.public.key.is_private
    assert [file.name for file in path.parent.iterdir()] == [KEY_FILE]


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_token_key(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        open_token_key(tmp_path)


def test_of_many_that_start_at_once_one_makes_the_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        kids = {key.public.kid for key in pool.map(open_token_key, [tmp_path] * 8)}
    assert len(kids) == 1


def test_a_broken_key_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).touch(mode=0o600)
    (tmp_path / KEY_FILE).write_text("nothing")
    with pytest.raises(KeyUnusable, match="remove it"):
        open_token_key(tmp_path)


def test_a_data_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyUnusable, match="cannot make the key file"):
        open_token_key(tmp_path / "file")
