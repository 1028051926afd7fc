"""How a command fails: an exit code scripts may rely on, what happened, and what to do next."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Stable across releases."""

    OK = 0
    PROBLEMS = 1
    """The command did its work and found problems, listed on standard output."""
    USAGE = 2
    """Arguments or settings cannot be used; nothing was done."""
    UNREACHABLE = 3
    """What the command needs cannot be reached, or the gateway cannot serve."""


class CommandFailed(Exception):
    """Ends a command; the entry point prints it and exits with its code."""

    def __init__(self, message: str, *, next_step: str, code: ExitCode) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.code = code
