"""Gateways that tests ask for by name; a conftest imports what its folder needs."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.servers.document_stores import with_database
from tests.servers.gateway import Gateway, serve_gateway


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway on its embedded store whose callers are not authenticated."""
    with serve_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def stored_gateway(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway over each document store in turn, its data empty."""
    data = tmp_path_factory.mktemp(request.param)
    with empty_store(request) as environment, serve_gateway(data, environment=environment) as running:
        yield running


@contextmanager
def empty_store(request: pytest.FixtureRequest) -> Generator[dict[str, str]]:
    """The settings that select the store which the fixture's parameter names."""
    if request.param == "sqlite":
        yield {}
        return
    server: str = request.getfixturevalue("mongo_url")
    name = f"test_{uuid4().hex}"
    yield {"PAIFANG_MONGO_URL": with_database(server, name)}
    with MongoClient[dict[str, object]](server) as client:
        client.drop_database(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, beside a failure, what the gateways that the test used have said."""
    del call
    report = yield
    if report.failed:
        used = [value for value in item.funcargs.values() if isinstance(value, Gateway)]
        report.sections += [("gateway log", gateway.log()) for gateway in used]
    return report
