"""The log: from the level that is set, one JSON object a line where no terminal is."""

import io
import json
from collections.abc import Generator

import pytest
import structlog

from gateway.observability.logs import configure_logs
from gateway.settings import load_settings


@pytest.fixture(autouse=True)
def _restored() -> Generator[None]:
    yield
    structlog.reset_defaults()


def test_events_below_the_level_are_not_written() -> None:
    out = io.StringIO()
    configure_logs(load_settings({"log_level": "warning"}), out)
    log = structlog.get_logger("paifang")
    log.info("quiet")
    log.warning("told", module="rides")
    (line,) = out.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["module"]) == ("told", "warning", "rides")


def test_an_exception_is_in_its_line() -> None:
    out = io.StringIO()
    configure_logs(load_settings(), out)
    try:
        raise ValueError("why")
    except ValueError as error:
        structlog.get_logger("paifang").error("failed", exc_info=error)
    assert "ValueError: why" in json.loads(out.getvalue())["exception"]
