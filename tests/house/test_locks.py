"""Lock files pin by hash and name no address, so that every mirror serves them."""

import re

import pytest

from tests.house.checkout import TOP, text_of, tracked

REQUIREMENTS = tracked("requirements*.lock", "*/requirements*.lock")
PACKAGE_LOCKS = tracked("package-lock.json", "*/package-lock.json")


def addresses_in(lock: str) -> list[str]:
    """Lines of a lock file that say where packages come from."""
    return re.findall(
        r'^.*(?:https?://|"resolved":|--(?:extra-)?index-url|--find-links|registry = ).*$', lock, re.M
    )


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_requirements_lock_has_hashes_for_every_package_and_no_address(name: str) -> None:
    lock = text_of(name)
    pinned = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==.*(?:\n +--hash=sha256:[0-9a-f]{64}.*)+", lock, re.M)
    assert len(pinned) == len(re.findall(r"^[^\s#]", lock, re.M)) > 0
    assert addresses_in(lock) == []


@pytest.mark.parametrize("name", PACKAGE_LOCKS)
def test_a_package_lock_records_no_address(name: str) -> None:
    assert '"resolved":' not in text_of(name)
    assert '"integrity":' in text_of(name)


@pytest.mark.parametrize("name", tracked("package.json", "*/package.json"))
def test_every_package_json_has_settings_that_keep_addresses_out_and_a_lock(name: str) -> None:
    folder = (TOP / name).parent
    assert "omit-lockfile-registry-resolved=true" in (folder / ".npmrc").read_text().splitlines()
    assert (folder / "package-lock.json").is_file()


def test_lock_files_that_record_addresses_are_not_tracked() -> None:
    assert tracked("uv.lock", "*/uv.lock", "pylock*.toml", "*/pylock*.toml", "yarn.lock", "*/yarn.lock") == []


@pytest.mark.parametrize("line", ["--index-url https://x/simple", '"resolved": "a"', "a @ http://x/a.whl"])
def test_an_address_is_noticed(line: str) -> None:
    assert addresses_in(f"a==1\n{line}\n") == [line]
