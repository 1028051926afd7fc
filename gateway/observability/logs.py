"""Set the log up: one line per event on standard error, JSON where nobody reads along."""

import logging
import sys
from typing import TextIO

import structlog

from gateway.settings import Settings


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Log from the settings' level on, to standard error unless told otherwise."""
    out = stream or sys.stderr
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shown = (
        structlog.dev.ConsoleRenderer(colors=True) if out.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
