"""Every module says what it is for, has a telling name, and uses only what its place may use."""

import ast
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.house.checkout import PACKAGES, text_of, tracked

MODULES = tracked("*.py")
OURS = tracked(*(f"{package}/**/*.py" for package in PACKAGES), *(f"{package}/*.py" for package in PACKAGES))
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

# library: the only places of the five packages that may import it
PLACES = {
    "strawberry": ("schema/", "gateway/http/", "resolvers/loaders.py"),
    "pyreqwest": ("engine/resource/transport",),
    "httptools": ("engine/resource/transport", "gateway/http/"),
    "websockets": ("gateway/http/",),
    "aiohttp": ("engine/resource/transport",),
    "httpx": ("engine/resource/transport", "gateway/"),
    "motor": ("gateway/stores/",),
    "pymongo": ("gateway/stores/",),
    "sqlite3": ("gateway/stores/",),
    "redis": ("gateway/cache/",),
    "typer": ("gateway/cli/",),
    "pydantic_settings": ("gateway/settings.py", "gateway/setting_types.py"),
}


def imports_of(source: str) -> Iterator[str]:
    """Top-level names of the libraries a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def reads_environment(source: str) -> bool:
    """Whether a module uses os.environ or os.getenv under any import."""
    names = {"environ", "environb", "getenv", "getenvb"}
    return any(
        (isinstance(node, ast.Attribute) and node.attr in names)
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(a.name in names for a in node.names)
        )
        for node in ast.walk(ast.parse(source))
    )


def test_modules_begin_with_what_they_are_for() -> None:
    silent = [
        name for name in MODULES if text_of(name).strip() and not ast.get_docstring(ast.parse(text_of(name)))
    ]
    assert silent == []


def test_no_file_or_folder_has_a_name_that_answers_no_question() -> None:
    assert [
        name
        for name in tracked()
        if VAGUE_NAMES & {PurePath(part).stem for part in PurePath(name).parts}
        and not name.startswith("typings/")  # of libraries: the names are theirs
    ] == []


def test_the_environment_is_read_in_one_place() -> None:
    assert [name for name in OURS if reads_environment(text_of(name))] == ["gateway/settings.py"]


@pytest.mark.parametrize(("library", "places"), PLACES.items())
def test_a_library_is_imported_only_in_its_place(library: str, places: tuple[str, ...]) -> None:
    users = [name for name in OURS if library in imports_of(text_of(name))]
    assert [name for name in users if not name.startswith(places)] == []


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "from os import getenv", "import os as o\no.getenv('A')"]
)
def test_reading_the_environment_is_noticed(source: str) -> None:
    assert reads_environment(source)


def test_an_import_inside_a_function_is_noticed() -> None:
    assert list(imports_of("def f():\n    from motor.core import x\n")) == ["motor"]
