"""The guides speak of a gateway with its defaults, whatever is set for one that the caller runs."""

import os

import pytest

from gateway.settings import PREFIX, TEST_PREFIX
from tests.servers.coroutines import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]


@pytest.fixture(autouse=True)
def default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX):
            monkeypatch.delenv(name)
