"""The guides speak of a gateway with its defaults, whatever is set for one that the caller runs."""

import os

import pytest

from gateway.settings import PREFIX, TEST_PREFIX


@pytest.fixture(autouse=True)
def default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX):
            monkeypatch.delenv(name)
