"""Gateways over each document store, that tests ask for by name; a conftest imports what its folder needs."""

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.servers.document_stores import with_database
from tests.servers.gateway import Environment, Gateway, serve_gateway

Serve = Callable[Concatenate[Path, ...], AbstractContextManager[Gateway]]


@pytest.fixture(scope="module", params=["sqlite", "mongo"])
def store(request: pytest.FixtureRequest) -> str:
    """Each document store in turn: whoever asks for a gateway is run over both."""
    return request.param


@pytest.fixture(scope="module")
def gateway(store: str, request: pytest.FixtureRequest) -> Gateway:
    """A gateway whose callers are not authenticated, shared by all modules."""
    return request.getfixturevalue(f"gateway_on_{store}")


@pytest.fixture(scope="module")
def serve(store: str, request: pytest.FixtureRequest) -> Serve:
    """`serve_gateway` on an empty store, for tests that need a gateway of their own."""
    return partial(serve_on, store, request)


@pytest.fixture(scope="session")
def gateway_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture(scope="session")
def gateway_on_mongo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with serve_on("mongo", request, tmp_path_factory.mktemp("gateway")) as running:
        yield running


@contextmanager
def serve_on(
    store: str,
    request: pytest.FixtureRequest,
    data: Path,
    *flags: str,
    environment: Environment | None = None,
) -> Generator[Gateway]:
    with (
        empty_store(store, request) as settings,
        serve_gateway(data, *flags, environment={**(environment or {}), **settings}) as running,
    ):
        yield running


@contextmanager
def empty_store(store: str, request: pytest.FixtureRequest) -> Generator[Environment]:
    """The settings that select it; for MongoDB a database of its own, which goes at the end."""
    if store == "sqlite":
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
