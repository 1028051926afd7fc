"""A gateway over each store for all tests that need no special one; each publishes what it asks for."""

from tests.servers.coroutines import pytest_pyfunc_call
from tests.servers.gateway_fixtures import (
    gateway,
    gateway_on_mongo,
    gateway_on_sqlite,
    pytest_runtest_makereport,
    serve,
    store,
)

__all__ = [
    "gateway",
    "gateway_on_mongo",
    "gateway_on_sqlite",
    "pytest_pyfunc_call",
    "pytest_runtest_makereport",
    "serve",
    "store",
]
