"""Gateways under faults: on the embedded store, where the store is no part of what is tested."""

from tests.servers.coroutines import pytest_pyfunc_call
from tests.servers.gateway_fixtures import gateway_on_sqlite as gateway
from tests.servers.gateway_fixtures import pytest_runtest_makereport

__all__ = ["gateway", "pytest_pyfunc_call", "pytest_runtest_makereport"]
