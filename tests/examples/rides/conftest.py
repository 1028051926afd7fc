"""The demo company, served for real on a free port for each test; only its slow API is not slow."""

from collections.abc import Iterator

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from examples.rides.api import serve
from examples.rides.data import make_rows
from examples.rides.rows import Rows
from examples.rides.unit import API_KEY


@pytest.fixture(scope="session")
def rows() -> Rows:
    return make_rows()


@pytest.fixture
def client(rows: Rows) -> Iterator[httpx.Client]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serve(rows, slow_s=0)) as url,
        httpx.Client(base_url=url, headers={"x-api-key": API_KEY}) as client,
    ):
        yield client
