"""Gateways under faults."""

from tests.servers.coroutines import pytest_pyfunc_call
from tests.servers.gateway_fixtures import gateway, pytest_runtest_makereport

__all__ = ["gateway", "pytest_pyfunc_call", "pytest_runtest_makereport"]
