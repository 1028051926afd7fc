"""`paifang publish`: live at once, refused with a reason, and never without somewhere to go next."""

from pathlib import Path

import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.gateway.cli.test_check import MISSPELT, SHOP, shop_of, write
from tests.servers.gateway import Gateway


@pytest.fixture
def token(paifang: Command, gateway: Gateway) -> str:
    """A publisher of the unit shop, in a file as `--token @FILE` reads it."""
    roles = ("--role", "publisher", "--unit", "shop")
    file = gateway.data / "publisher.token"
    file.write_text(paifang("token", *roles, "--data", str(gateway.data)).out)
    return f"@{file}"


def test_what_is_published_can_be_asked_for_at_once(
    paifang: Command, gateway: Gateway, token: str, tmp_path: Path
) -> None:
    (file,) = write(tmp_path, live=shop_of("live"))
    ended = paifang("publish", file, "--url", gateway.url, "--token", token, "--reason", "first")
    assert ended.code == ExitCode.OK, ended.err
    assert ended.out.startswith("live: version 1 of unit shop is served (revision ")
    plan = paifang("explain", "-q", '{ live(id: "1") { title } }', "--url", gateway.url, "--token", token)
    assert "GET http://shop.test/lives/{$args.id}" in plan.out


def test_problems_are_listed_as_check_lists_them(
    paifang: Command, gateway: Gateway, token: str, tmp_path: Path
) -> None:
    (file,) = write(tmp_path, broken=shop_of("broken", MISSPELT))
    ended = paifang("publish", file, "--url", gateway.url, "--token", token)
    assert ended.code == ExitCode.PROBLEMS
    assert f"{file}:7:" in ended.out
    assert "next: correct them" in ended.err


def test_a_version_that_somebody_else_published_is_a_conflict(
    paifang: Command, gateway: Gateway, token: str, tmp_path: Path
) -> None:
    (file,) = write(tmp_path, versioned=shop_of("versioned"))
    at_nothing = ("publish", file, "--url", gateway.url, "--token", token, "--expected-version", "0")
    assert paifang(*at_nothing).code == ExitCode.OK
    ended = paifang(*at_nothing)
    assert ended.code == ExitCode.USAGE
    assert "is at version 1, not 0" in ended.err
    assert "--expected-version" in ended.err.splitlines()[-1]


def test_without_a_token_the_next_step_is_a_token(paifang: Command, gateway: Gateway, tmp_path: Path) -> None:
    (file,) = write(tmp_path, shop=SHOP)
    ended = paifang("publish", file, "--url", gateway.url)
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "next: give --token" in ended.err


def test_another_units_publisher_is_told_what_is_missing(
    paifang: Command, gateway: Gateway, tmp_path: Path
) -> None:
    (file,) = write(tmp_path, others=shop_of("others"))
    token = paifang("token", "--role", "publisher", "--unit", "toys", "--data", str(gateway.data)).out.strip()
    ended = paifang("publish", file, "--url", gateway.url, "--token", token)
    assert ended.code == ExitCode.USAGE
    assert "unit shop" in ended.err


def test_where_no_gateway_is_the_next_step_starts_one(paifang: Command, tmp_path: Path) -> None:
    (file,) = write(tmp_path, shop=SHOP)
    ended = paifang("publish", file, "--url", "http://127.0.0.1:9")
    assert ended.code == ExitCode.UNREACHABLE
    assert "next: start one with scripts/run" in ended.err


@pytest.mark.parametrize(("url", "code"), [("ftp://x", ExitCode.USAGE), ("nonsense", ExitCode.USAGE)])
def test_what_is_no_address_is_a_usage_error(
    paifang: Command, tmp_path: Path, url: str, code: ExitCode
) -> None:
    (file,) = write(tmp_path, shop=SHOP)
    assert paifang("publish", file, "--url", url).code == code


def test_what_is_no_gateway_is_named(paifang: Command, gateway: Gateway, tmp_path: Path) -> None:
    (file,) = write(tmp_path, shop=SHOP)
    ended = paifang("publish", file, "--url", f"{gateway.url}/health/ready")
    assert ended.code == ExitCode.UNREACHABLE
    assert "is no GraphQL endpoint" in ended.err


def test_config_is_used_and_never_shown(
    paifang: Command, gateway: Gateway, token: str, tmp_path: Path
) -> None:
    sdl = (
        SHOP.replace("item", "k")
        .replace("Item", "K")
        .replace('9" }', '9", headers: [{ name: "k", value: "{$config.k}" }] }')
    )
    (file,) = write(tmp_path, keyed=sdl)
    (tmp_path / "config.json").write_text('{"k": "hush-hush"}')
    given = ("--config-file", str(tmp_path / "config.json"), "--config", "other=hush-too")
    ended = paifang("publish", file, "--url", gateway.url, "--token", token, *given)
    assert ended.code == ExitCode.OK, ended.err
    assert "hush" not in ended.out + ended.err + gateway.log()
    (tmp_path / "config.json").write_text("[]")
    assert paifang("publish", file, *given).code == ExitCode.USAGE
    assert paifang("publish", file, "--config", "novalue").code == ExitCode.USAGE
