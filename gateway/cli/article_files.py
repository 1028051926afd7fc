"""Files of articles, cut into pieces that a gateway takes at once."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gateway.cli.failure import CommandFailed, ExitCode
from resolvers.knowledge.errors import ImportRefused
from resolvers.knowledge.spreadsheets import read_csv, read_xlsx, write_csv

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".xlsx": "xlsx"}
PIECE_BYTES = 100_000  # variables of a request have 256 kB, and take up to twice the room as JSON
PIECE_ROWS = 200
MAX_BYTES = 500_000_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows as one request brings them. `lines`: where each stood in the file."""

    format: str
    data: str
    lines: Sequence[int]
    header: bool

    def line_of(self, line: int) -> int:
        """A line of the piece as a line of the file."""
        at = line - (2 if self.header else 1)
        return self.lines[at] if 0 <= at < len(self.lines) else 1


def format_of(file: Path) -> str:
    """By the name's ending. Raises `CommandFailed`."""
    try:
        return FORMATS[file.suffix.lower()]
    except KeyError:
        raise CommandFailed(
            f"{file} is neither {', '.join(FORMATS)}",
            next_step="name it by what it holds",
            code=ExitCode.USAGE,
        ) from None


def read_pieces(file: Path) -> list[Piece]:
    """Raises `CommandFailed`."""
    format_ = format_of(file)
    try:
        content = file.read_bytes()
        if format_ == "jsonl":
            return list(_line_pieces(content.decode("utf-8-sig")))
        if format_ == "csv":
            return list(_row_pieces(read_csv(content.decode("utf-8-sig"))))
        return list(_row_pieces(read_xlsx(b64encode(content).decode(), max_bytes=MAX_BYTES)))
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except ImportRefused as refused:
        reason = str(refused)
    raise CommandFailed(
        f"cannot read {file}: {reason}", next_step="name a file of articles", code=ExitCode.USAGE
    )


def _line_pieces(text: str) -> Iterator[Piece]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    for batch in _batches([(number, line, len(line.encode())) for number, line in lines]):
        yield Piece(
            format="jsonl",
            data="\n".join(line for _, line in batch),
            lines=[number for number, _ in batch],
            header=False,
        )


def _row_pieces(rows: Iterator[Sequence[str]]) -> Iterator[Piece]:
    header = list(next(rows, ()))
    sized = [
        (number, list(row), sum(len(cell.encode()) + 3 for cell in row))
        for number, row in enumerate(rows, start=2)
        if any(cell.strip() for cell in row)
    ]
    for batch in _batches(sized):
        yield Piece(
            format="csv",
            data=write_csv([header, *(row for _, row in batch)]),
            lines=[number for number, _ in batch],
            header=True,
        )


def _batches(rows: Sequence[tuple[int, T, int]]) -> Iterator[list[tuple[int, T]]]:
    """Rows with their sizes in pieces that are small enough; a row that is not stands alone."""
    batch: list[tuple[int, T]] = []
    size = 0
    for number, row, bytes_ in rows:
        if batch and (size + bytes_ > PIECE_BYTES or len(batch) == PIECE_ROWS):
            yield batch
            batch, size = [], 0
        batch.append((number, row))
        size += bytes_
    if batch:
        yield batch
