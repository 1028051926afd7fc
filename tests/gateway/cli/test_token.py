"""`paifang token`: who it says, for as long as it says, with the key of the data directory."""

from pathlib import Path

import httpx
import pytest

from gateway.cli.failure import ExitCode
from tests.gateway.cli.conftest import Command
from tests.servers.gateway import Gateway


def test_a_token_of_the_command_line_is_who_it_says(paifang: Command, gateway: Gateway) -> None:
    flags = ("--subject", "ann", "--role", "agent", "--unit", "care", "--channel", "app", "--scope", "x:y")
    token = paifang("token", *flags, "--data", str(gateway.data)).out.strip()
    answer = httpx.post(
        f"{gateway.url}/graphql",
        json={"query": "{ me { subject roles units channel } }"},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.json()["data"]["me"] == {
        "subject": "ann",
        "roles": ["agent"],
        "units": ["care"],
        "channel": "app",
    }


@pytest.mark.parametrize("lifetime", ["", "8", "0h", "-1h", "1w", "9999999h"])
def test_a_lifetime_that_is_none_is_refused(paifang: Command, tmp_path: Path, lifetime: str) -> None:
    ended = paifang("token", "--expires", lifetime, "--data", str(tmp_path))
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "write 30m, 8h or 7d" in ended.err


def test_a_key_that_others_may_read_is_refused(paifang: Command, tmp_path: Path) -> None:
    paifang("token", "--data", str(tmp_path))
    (tmp_path / "token.key").chmod(0o644)
    ended = paifang("token", "--data", str(tmp_path))
    assert (ended.code, ended.out) == (ExitCode.USAGE, "")
    assert "chmod 600" in ended.err
