"""The files of an API's description: the one that is named, and those beside it that it refers to."""

from collections.abc import Callable
from pathlib import Path

from engine.resource.openapi import RefusalCode, SpecRefused
from gateway.cli.module_files import read_text

MAX_BYTES = 64_000_000  # four times the largest description in wide use


def read_spec(path: Path) -> str:
    """The description itself. Raises CommandFailed, SpecRefused."""
    if path.is_file():
        _check_size(path, path.name)
    return read_text(path)


def files_beside(path: Path) -> Callable[[str], str]:
    """Reads files by their paths from the description's folder, and none outside of it, links followed."""
    folder = path.resolve().parent

    def load(name: str) -> str:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise SpecRefused(
                RefusalCode.REF_OUTSIDE, f"'{name}' leads out of the description's folder", place=path.name
            )
        if not file.is_file():
            raise SpecRefused(RefusalCode.REF_UNRESOLVED, f"there is no file '{name}'", place=path.name)
        _check_size(file, name)
        return read_text(file)

    return load


def _check_size(path: Path, name: str) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise SpecRefused(
            RefusalCode.SPEC_TOO_LARGE, f"a description has at most {MAX_BYTES:,} bytes", place=name
        )
