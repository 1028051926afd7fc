"""Read the file that fills the GraphiQL page: look-ups and personas."""

from pathlib import Path

from pydantic import TypeAdapter

from gateway.console.pages import PageConfig

_PAGE = TypeAdapter(PageConfig)


def read_page(path: Path) -> PageConfig:
    """The page described by a JSON file with PageConfig's names.

    Raises OSError and pydantic's ValidationError (a ValueError): the gateway cannot start with this file.
    """
    return _PAGE.validate_json(path.read_bytes())


def write_page(path: Path, page: PageConfig) -> None:
    path.write_bytes(_PAGE.dump_json(page, indent=1))
