"""What is sealed opens under its key, for its owner, unaltered; and the key file is the owner's alone."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.security.key_files import KeyUnusable
from gateway.security.secrets import KEY_FILE, AesGcmSecretBox, SecretKeyInvalid, open_secret_box
from resolvers.resources.ports import SecretUnreadable

KEY = bytes(range(32))
OTHER = bytes(32)
TEXT = base64.b64encode(KEY).decode()


def test_what_is_sealed_opens_again() -> None:
    box = AesGcmSecretBox(KEY)
    sealed = box.seal(b"secret", owner="bikes")
    assert b"secret" not in sealed
    assert box.open(sealed, owner="bikes") == b"secret"


def test_the_same_secret_looks_different_each_time() -> None:
    box = AesGcmSecretBox(KEY)
    assert box.seal(b"secret", owner="bikes") != box.seal(b"secret", owner="bikes")


@pytest.mark.parametrize("cut", [0, 1, 13, -1])
def test_a_cut_value_does_not_open(cut: int) -> None:
    box = AesGcmSecretBox(KEY)
    with pytest.raises(SecretUnreadable):
        box.open(box.seal(b"secret", owner="bikes")[:cut], owner="bikes")


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_an_altered_value_does_not_open(place: int) -> None:
    box = AesGcmSecretBox(KEY)
    altered = bytearray(box.seal(b"secret", owner="bikes"))
    altered[place] ^= 1
    with pytest.raises(SecretUnreadable):
        box.open(bytes(altered), owner="bikes")


def test_another_owner_and_another_key_do_not_open_it() -> None:
    sealed = AesGcmSecretBox(KEY).seal(b"secret", owner="bikes")
    with pytest.raises(SecretUnreadable):
        AesGcmSecretBox(KEY).open(sealed, owner="orders")
    with pytest.raises(SecretUnreadable):
        AesGcmSecretBox(OTHER).open(sealed, owner="bikes")


def test_fingerprints_agree_under_one_key_only() -> None:
    assert AesGcmSecretBox(KEY).fingerprint(b"a") == AesGcmSecretBox(KEY).fingerprint(b"a")
    assert AesGcmSecretBox(KEY).fingerprint(b"a") != AesGcmSecretBox(KEY).fingerprint(b"b")
    assert AesGcmSecretBox(KEY).fingerprint(b"a") != AesGcmSecretBox(OTHER).fingerprint(b"a")


def test_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    data = tmp_path / "data"
    sealed = open_secret_box(data).seal(b"secret", owner="bikes")
    assert open_secret_box(data).open(sealed, owner="bikes") == b"secret"
    assert stat.S_IMODE((data / KEY_FILE).stat().st_mode) == 0o600
    assert os.listdir(data) == [KEY_FILE]


def test_workers_that_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        boxes = list(threads.map(open_secret_box, [tmp_path] * 8))
    assert len({box.fingerprint(b"a") for box in boxes}) == 1


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    open_secret_box(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        open_secret_box(tmp_path)


def test_the_setting_comes_before_files_and_makes_none(tmp_path: Path) -> None:
    box = open_secret_box(tmp_path / "data", key=TEXT, key_file=tmp_path / "missing")
    assert box.fingerprint(b"a") == AesGcmSecretBox(KEY).fingerprint(b"a")
    assert not (tmp_path / "data").exists()


def test_the_key_may_stand_in_a_mounted_file(tmp_path: Path) -> None:
    mounted = tmp_path / "key"
    mounted.write_text(TEXT + "\n")
    box = open_secret_box(tmp_path / "data", key_file=mounted)
    assert box.fingerprint(b"a") == AesGcmSecretBox(KEY).fingerprint(b"a")


@pytest.mark.parametrize("content", ["", "short", "é", TEXT[:-4], TEXT + TEXT])
def test_what_is_no_key_is_refused_without_being_shown(content: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(content)
    with pytest.raises(SecretKeyInvalid) as refused:
        open_secret_box(tmp_path, key_file=tmp_path / "key")
    assert not content or content not in str(refused.value)


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="missing"):
        open_secret_box(tmp_path, key_file=tmp_path / "missing")
