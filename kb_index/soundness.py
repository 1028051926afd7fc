"""Are an index's files what was written? Each ends with the checksum of what stands before it.

The library writes these ends and its binding does not look at them: files that changed under it are read as
they are, into wrong answers or a panic.

file    <body><end>
end     <JSON with "crc", CRC-32 of the body><its length, 4 bytes><1337, 4 bytes>; numbers little-endian
"""

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

MARK = 1337
PIECE_BYTES = 1 << 20
_TAIL = struct.Struct("<II")  # the length of the JSON, and the mark


def find_damage(directory: Path) -> str | None:
    """The name of a file that is not what was written, None where all are. Reads everything once.

    A file that a merge takes away meanwhile is none of them. Raises OSError, and ValueError for a
    `meta.json` that is none.
    """
    for path in _files(directory):
        try:
            if not _is_sound(path):
                return path.name
        except FileNotFoundError:
            continue
    return None


def _files(directory: Path) -> Iterator[Path]:
    """Of the segments that are committed; of others nothing may be expected yet."""
    meta = json.loads((directory / "meta.json").read_bytes())
    segments = {str(one["segment_id"]).replace("-", "") for one in meta["segments"]}
    for path in sorted(directory.iterdir()):
        if path.name.partition(".")[0] in segments:
            yield path


def _is_sound(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, 2)
        if size < _TAIL.size:
            return False
        file.seek(size - _TAIL.size)
        length, mark = _TAIL.unpack(file.read(_TAIL.size))
        body = size - _TAIL.size - length
        if mark != MARK or body < 0:
            return False
        file.seek(body)
        try:
            told = json.loads(file.read(length))["crc"]
        except (ValueError, KeyError, TypeError):
            return False
        file.seek(0)
        return told == _checksum(file.read, body)


def _checksum(read: Callable[[int], bytes], left: int) -> int:
    found = 0
    while left > 0 and (piece := read(min(left, PIECE_BYTES))):
        found = crc32(piece, found)
        left -= len(piece)
    return found
