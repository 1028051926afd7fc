"""A real MongoDB for tests, the one that the demo starts.

`PAIFANG_TEST_MONGO_URL` points at a server that exists already; then nothing is started.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest

from gateway.stores.mongod import MongodMissing, MongodProcess

__all__ = ["MongodMissing", "MongodProcess", "mongo_url", "skip_or_fail_without_mongod"]


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a replica set, without a database; every test takes a database of its own."""
    if url := os.environ.get("PAIFANG_TEST_MONGO_URL"):
        yield url
        return
    with skip_or_fail_without_mongod(), MongodProcess(tmp_path_factory.mktemp("mongod")) as server:
        yield server.url("")


@contextmanager
def skip_or_fail_without_mongod() -> Generator[None]:
    """On other platforms these tests are skipped with the reason; where all must run they fail."""
    try:
        yield
    except MongodMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
