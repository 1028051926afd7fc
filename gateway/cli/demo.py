"""`paifang demo`: the gateway beside a business unit's real HTTP APIs, published and ready to try."""

import signal
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.rides import start_rides

EXAMPLE = "paifang demo --port 8000"


def run(
    port: Annotated[int, typer.Option(help="TCP port of the gateway; 0 takes a free one.")] = 8000,
    mongo: Annotated[bool, typer.Option("--mongo", help="Keep documents in a real MongoDB.")] = False,
    data: Annotated[Path | None, typer.Option(help="Directory to keep; without it all is fresh.")] = None,
) -> None:
    """Run the gateway beside demo APIs to try it.

    Starts the HTTP APIs of a bike rental, publishes their SDL, and prints what to open and what to try.
    Nothing is kept unless --data names a directory; Ctrl-C ends all of it.
    """
    started_s = time.monotonic()
    if find_spec("examples.rides") is None:
        raise CommandFailed(
            "the demo's business unit is part of a checkout, not of the installed package",
            next_step="start scripts/run in a checkout",
            code=ExitCode.UNREACHABLE,
        )
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _leave)  # until the server has its own; what was started ends with this process
    with ExitStack() as stack:
        folder = data or Path(stack.enter_context(TemporaryDirectory(prefix="paifang-demo-")))
        folder.mkdir(parents=True, exist_ok=True)
        rides = stack.enter_context(start_rides())
        mongo_url = stack.enter_context(_mongo(folder / "mongo")) if mongo else None
        # Imported now: its second of imports passes while the others start.
        import_module("gateway.cli.demonstration").serve_demo(
            rides, port=port, data=folder, mongo_url=mongo_url, started_s=started_s
        )


@contextmanager
def _mongo(folder: Path) -> Generator[str]:
    """A MongoDB of the demo's own; gives its address. Raises `CommandFailed`."""
    module = import_module("gateway.stores.mongod")  # brings the driver, which only --mongo needs this early
    folder.mkdir(parents=True, exist_ok=True)
    typer.echo("starting MongoDB", err=True)
    try:
        server = module.MongodProcess(folder)
    except module.MongodMissing as missing:
        raise CommandFailed(
            str(missing),
            next_step="start with scripts/run, which brings it; or run the demo without --mongo",
            code=ExitCode.UNREACHABLE,
        ) from None
    with server:
        yield server.url("paifang_demo")


def _leave(*_: object) -> None:
    raise SystemExit(ExitCode.OK)
