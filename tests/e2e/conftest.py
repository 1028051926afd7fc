"""One gateway for all tests of this folder that need no special one; each publishes what it asks for."""

from tests.servers.coroutines import pytest_pyfunc_call
from tests.servers.gateway_fixtures import gateway, pytest_runtest_makereport, stored_gateway

__all__ = ["gateway", "pytest_pyfunc_call", "pytest_runtest_makereport", "stored_gateway"]
