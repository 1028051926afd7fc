"""Who may speak to a gateway that does not authenticate its callers."""

import pytest

from gateway.errors import OriginRefused
from gateway.security.origin import check_origin


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8000", None),
        ("localhost", None),
        ("LOCALHOST:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("[::1]", None),
        ("127.0.0.1", "https://127.0.0.1"),
    ],
)
def test_this_machine_is_let_in(host: str, origin: str | None) -> None:
    check_origin(host=host, origin=origin)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example#localhost",
        "localhost@evil.example",
        "127.0.0.1:8000@evil.example",
        "localhost:8000.evil.example",
        "localhost:",
        "localhost.",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0.0.0.0:8000",
        "192.168.1.4:8000",
        "::1",
        "[::1",
        "[::ffff:127.0.0.1]",
        "localhost\n",
        " localhost",
        "localhost:٨٠",
    ],
)
def test_another_host_name_is_refused(host: str | None) -> None:
    with pytest.raises(OriginRefused, match="host name"):
        check_origin(host=host, origin=None)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://evil.example",
        "http://localhost:3000",  # another program's page on this machine is foreign too
        "http://localhost",
        "http://localhost:8000.evil.example",
        "http://localhost:8000@evil.example",
        "file://localhost:8000",
        "localhost:8000",
        "http://127.0.0.1:8000",
    ],
)
def test_a_foreign_page_is_refused(origin: str) -> None:
    with pytest.raises(OriginRefused, match="origin"):
        check_origin(host="localhost:8000", origin=origin)
