"""Tests of running plans may be coroutines."""

from tests.servers.coroutines import pytest_pyfunc_call

__all__ = ["pytest_pyfunc_call"]
