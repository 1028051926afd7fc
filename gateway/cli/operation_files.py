"""Operations as files: manifests of persisted operations as build tools write them, or single documents."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import orjson

from gateway.cli.failure import CommandFailed, ExitCode
from gateway.cli.module_files import read_text

Operation = dict[str, str]  # `document`, and where the file says them `id` and `name`


def read_operations(path: Path) -> list[Operation]:
    """A manifest `{"operations": [{"id", "name", "body"}]}`, an object of texts by hash, or one document in
    *.graphql. Raises `CommandFailed`.
    """
    text = read_text(path)
    if path.suffix != ".json":
        return [{"document": text}]
    try:
        parsed: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        parsed = None
    operations = list(_operations(cast("Mapping[str, object]", parsed))) if isinstance(parsed, dict) else []
    if not operations:
        raise CommandFailed(
            f"{path} is no manifest of operations",
            next_step='write {"operations": [{"id": "…", "name": "…", "body": "…"}]}, or {"hash": "text"}',
            code=ExitCode.USAGE,
        )
    return operations


def _operations(parsed: Mapping[str, object]) -> Iterator[Operation]:
    listed = parsed.get("operations")
    if isinstance(listed, list):
        for entry in cast("list[object]", listed):
            said = cast("Mapping[str, object]", entry) if isinstance(entry, dict) else {}
            if isinstance(body := said.get("body"), str):
                named = {key: value for key in ("id", "name") if isinstance(value := said.get(key), str)}
                yield {"document": body, **named}
        return
    for hash_, body in parsed.items():
        if isinstance(body, str):
            yield {"id": hash_, "document": body}
