"""The descriptions: all of 3.0 and 3.1 in the npm package of examples, and GitHub's."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any, cast

from tests.servers.npm import installed_packages

SOURCE = Path(__file__).parent
GITHUB = "@octokit/openapi/generated/api.github.com.json"
Json = dict[str, Any]  # Any: a description as it is written, looked into by tests alone


@cache
def packages() -> Path:
    return installed_packages(SOURCE, tidy=_tidy) / "node_modules"


def example_names() -> list[str]:
    folder = packages() / "@readme" / "oas-examples"
    found = [
        path for version in ("3.0", "3.1") for path in sorted((folder / version / "json").rglob("*.json"))
    ]
    return [path.relative_to(folder).as_posix() for path in found]


def example(name: str) -> Path:
    return packages() / "@readme" / "oas-examples" / name


def github() -> Path:
    return packages() / GITHUB


@cache
def read(path: Path) -> Json:
    return cast("Json", json.loads(path.read_text("utf-8")))


def tags_of(spec: Json) -> list[str]:
    operations = [each for item in spec["paths"].values() for each in item.values() if isinstance(each, dict)]
    return sorted({tag for operation in operations for tag in operation.get("tags", ())})


def _tidy(modules: Path) -> None:
    """370 MB of the 385 are GitHub's description in other versions."""
    folder = modules / GITHUB
    for path in folder.parent.iterdir():
        if path.name != folder.name:
            path.unlink()
    shutil.rmtree(modules / "@readme" / "oas-examples" / "2.0", ignore_errors=True)
