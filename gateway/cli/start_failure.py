"""Why a gateway cannot start, as an operator reads it: what happened and what to do next, said once."""

import multiprocessing
from ctypes import c_int

import structlog
import typer
from pydantic import ValidationError

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import ModuleFile, print_problems
from gateway.flow_plugins import PluginUnusable
from gateway.security.key_files import KeyUnusable
from gateway.settings import Settings
from resolvers.errors import Refusal
from resolvers.resources.errors import ResourcesInvalid
from resolvers.store_errors import StoreError, StoreUnavailable

log = structlog.get_logger("paifang")


class StartReport:
    """Shared by the supervisor and the processes it forks: the first that fails says so, the others end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._code = multiprocessing.get_context("fork").Value(c_int, ExitCode.OK)

    @property
    def code(self) -> int:
        """The exit code of what was told; 0 while nothing was."""
        return self._code.value

    def tell(self, error: Exception) -> int:
        """Print the failure, unless another process has, and return the exit code."""
        with self._code.get_lock():
            if not self._code.value:
                failure = _failure_of(error, self._settings)
                typer.echo(f"error: {failure}\nnext: {failure.next_step}", err=True)
                self._code.value = failure.code
        return self._code.value


def _failure_of(error: Exception, settings: Settings) -> CommandFailed:
    match error:
        case CommandFailed():
            return error
        case ResourcesInvalid(problems=problems):
            # Only names and places are printed: the texts need not be read again.
            files = [ModuleFile(module=path.stem, path=path, sdl="") for path in settings.resources]
            print_problems(problems, files)
            counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
            next_step = "correct them; `paifang check` lists the same without starting"
            return CommandFailed(
                f"the files of --resources have {counted}", next_step=next_step, code=ExitCode.PROBLEMS
            )
        case Refusal():
            return _cannot(str(error), "correct the file of --resources, or start without it")
        case StoreUnavailable(reason=reason) if settings.mongo_url is not None:
            place = f"MongoDB at {settings.mongo_url}"  # shown without user and password
            return _cannot(f"cannot use {place}: {reason}", "start it there, or correct PAIFANG_MONGO_URL")
        case StoreError():
            return _cannot(str(error), data_advice(settings))
        case PluginUnusable():
            return _cannot(str(error), "correct it, or uninstall the distribution it came with")
        case KeyUnusable():
            return _cannot(str(error), "give this account a key file it may read, or another setting")
        case OSError(filename=str() as name):
            return _cannot(f"cannot use {name}: {error.strerror}", "name a file this account may use")
        case UnicodeDecodeError():
            return _cannot("a file of --resources is not UTF-8 text", "name SDL files")
        case ValidationError():
            found = "; ".join(
                ": ".join([".".join(map(str, one["loc"])) or "the file", one["msg"]])
                for one in error.errors(include_input=False, include_url=False)
            )
            return _cannot(f"{settings.page} does not describe a page: {found}", "correct it, or unset page")
        case _:
            log.critical("the gateway cannot start", exc_info=error)
            return _cannot(f"{type(error).__name__}: {error}", "report this with the log above")


def make_data_directory(settings: Settings) -> None:
    """Raises `CommandFailed`."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"the data directory {settings.data} cannot be made: {error.strerror}"
        raise _cannot(message, data_advice(settings)) from None


def data_advice(settings: Settings) -> str:
    return f"make {settings.data} a directory this account may write, or name another with --data"


def _cannot(message: str, next_step: str) -> CommandFailed:
    return CommandFailed(message, next_step=next_step, code=ExitCode.UNREACHABLE)
