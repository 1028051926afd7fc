"""The command line run in this process, and a gateway to run it against; some tests are coroutines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from gateway.cli.main import main
from tests.servers.coroutines import pytest_pyfunc_call
from tests.servers.gateway import Gateway, serve_gateway

__all__ = ["pytest_pyfunc_call"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def paifang(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that trusts the tokens of its data directory."""
    with serve_gateway(tmp_path_factory.mktemp("gateway"), "--dev-auth") as gateway:
        yield gateway
