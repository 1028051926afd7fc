"""A command's flags become settings, or the command fails with all that is wrong with them."""

from collections.abc import Mapping

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.settings import Settings, SettingsInvalid, load_settings


def settings_or_fail(flags: Mapping[str, object]) -> Settings:
    """The settings of a command's flags, variables and file.

    Raises:
        CommandFailed: with every problem of the settings.
    """
    try:
        return load_settings(flags)
    except SettingsInvalid as invalid:
        lines = "".join(f"\n  {problem}" for problem in invalid.problems)
        raise CommandFailed(
            f"the settings cannot be used:{lines}",
            next_step="correct them; `paifang settings --defaults` explains every setting",
            code=ExitCode.USAGE,
        ) from None
