"""The entry point `paifang`: knows every command's name, imports the one asked for."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from keyword import iskeyword

import typer

from gateway.cli.failure import CommandFailed
from gateway.cli.packages import check_own_packages

# A command is a module of this package, named as `module_of` says, that has
#   run      the function typer turns into the command; its docstring begins with the line given here
#   EXAMPLE  one complete command line, shown by --help and executed by a test
# A command of commands has SUBCOMMANDS too: by name, a function and its example; its `run` does nothing.
# Summaries longer than 45 characters are cut in the list on a terminal of 80 columns.
COMMANDS = {
    "demo": "Run the gateway beside demo APIs to try it.",
    "serve": "Run the gateway.",
    "check": "Print all problems of SDL files.",
    "publish": "Publish SDL files on a running gateway.",
    "diff": "Print what a module changes for clients.",
    "flow": "Save, check and deploy flows.",
    "test": "Run scenarios of flows, suites of connectors.",
    "import": "Make modules from descriptions of APIs.",
    "knowledge": "Take articles in, and give them out.",
    "reindex": "Make the search index anew.",
    "doctor": "Probe every source and say what is wrong.",
    "operations": "Register operations of clients, or list them.",
    "explain": "Print the calls an operation would make.",
    "token": "Print a token for development.",
    "export-schema": "Print the platform's API as SDL.",
    "settings": "Show every setting and where it comes from.",
}

ABOUT = "The GraphQL gateway through which customer service gets its data and its solutions."
EXIT_CODES = (
    "Exit codes: 0 done, 1 problems found, 2 unusable arguments or settings, 3 cannot reach or serve."
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; see gateway/cli/failure.py for the exit codes."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    try:
        check_own_packages()
        build_app(wanted)(args=arguments, prog_name="paifang")
    except CommandFailed as failure:
        typer.echo(f"error: {failure}\nnext: {failure.next_step}", err=True)
        raise SystemExit(failure.code) from None


def build_app(wanted: str | None) -> typer.Typer:
    """All commands by name and summary, `wanted` ready to run.

    The others stay unimported: the help of all commands must not cost the imports of all of them.
    """
    app = typer.Typer(
        add_completion=False, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    app.callback(help=ABOUT, epilog=EXIT_CODES)(_root)
    for name, summary in COMMANDS.items():
        if name == wanted:
            module = import_module(module_of(name))
            run: Callable[..., None] = module.run
            if subcommands := getattr(module, "SUBCOMMANDS", None):
                app.add_typer(_group(run, subcommands, module.EXAMPLE), name=name)
            else:
                app.command(name, epilog=f"Example: {module.EXAMPLE}")(run)
        else:
            app.command(name, help=summary)(_root)
    return app


def module_of(command: str) -> str:
    """The module of a command: `_` for `-`, and one at the end of a word that Python keeps."""
    return f"gateway.cli.{command.replace('-', '_')}{'_' if iskeyword(command) else ''}"


def _group(
    run: Callable[..., None], subcommands: Mapping[str, tuple[Callable[..., None], str]], example: str
) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.callback(help=run.__doc__, epilog=f"Example: {example}")(run)
    for name, (function, shown) in subcommands.items():
        group.command(name, epilog=f"Example: {shown}")(function)
    return group


def _root() -> None:
    """A place for typer to hang the help on; does nothing."""


if __name__ == "__main__":
    main()
