"""Articles as rows: CSV, XLSX and JSON lines to objects with the places of their cells, and back.

A list stands in one cell, its entries divided by `|` (`\\|` is the character). `answer` is the body of the
answer for all, `answer:CHANNEL` of a channel's; what such columns cannot say stands as JSON in `answers`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import orjson

from engine.problem import Problem, Severity
from resolvers.knowledge.checking import error
from resolvers.knowledge.errors import ImportRefused
from resolvers.knowledge.exchange import LISTS, NAMES, OBJECTS, JsonObject, unknown_name
from resolvers.knowledge.spreadsheets import read_csv, read_xlsx

FORMATS = ("csv", "jsonl", "xlsx")
ANSWER = "answer"
MAX_ROWS = 10_000  # of one import; the command line sends a larger file in pieces
MAX_COLUMNS = 200
MAX_BYTES = 20_000_000  # of one file, unpacked

_DIVIDER = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as `ArticleInput`'s names; `columns` are the numbers of those it has, from 1."""

    line: int
    given: JsonObject
    columns: Mapping[str, int] = field(default_factory=dict[str, int])
    problems: tuple[Problem, ...] = ()

    def place(self, problem: Problem) -> Problem:
        """The problem at its row and column."""
        name = re.split(r"[.\[/]", problem.path or "", maxsplit=1)[0]
        column = self.columns.get(problem.path or "") or self.columns.get(name)
        if column is None and name == "answers":
            column = self.columns.get(ANSWER)
        return Problem(
            code=problem.code,
            message=problem.message,
            severity=problem.severity,
            path=problem.path,
            line=self.line,
            column=column,
            suggestion=problem.suggestion,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows, and what is wrong with the header."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()


def read_sheet(format_: str, data: str) -> Sheet:
    """Raises `ImportRefused`."""
    if format_ not in FORMATS:
        known = ", ".join(FORMATS)
        raise ImportRefused(code="IMPORT_FORMAT_UNKNOWN", reason=f"{format_!r} is not one of {known}")
    if len(data) > MAX_BYTES:
        raise ImportRefused(code="IMPORT_TOO_LARGE", reason=f"it is larger than {MAX_BYTES} bytes")
    if format_ == "jsonl":
        return Sheet(rows=tuple(_bounded(_json_rows(data))))
    table = read_csv(data) if format_ == "csv" else read_xlsx(data, max_bytes=MAX_BYTES)
    return _sheet_of(table)


def _json_rows(data: str) -> Iterator[Row]:
    for number, line in enumerate(data.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            given = orjson.loads(line)
        except ValueError as fault:
            yield _unreadable(number, f"is not JSON: {fault}")
            continue
        if isinstance(given, dict):
            yield Row(line=number, given=cast("JsonObject", given))  # keys of JSON objects are texts
        else:
            yield _unreadable(number, "is not an object: one article per line")


def _unreadable(line: int, fault: str) -> Row:
    return Row(line=line, given={}, problems=(error("ROW_UNREADABLE", "", f"the line {fault}"),))


def _sheet_of(table: Iterator[Sequence[str]]) -> Sheet:
    header = [name.strip() for name in next(table, ())]
    if "question" not in header and "id" not in header:
        raise ImportRefused(
            code="IMPORT_UNREADABLE", reason="its first row names neither a column 'question' nor 'id'"
        )
    if len(header) > MAX_COLUMNS:
        raise ImportRefused(code="IMPORT_TOO_LARGE", reason=f"it has more than {MAX_COLUMNS} columns")
    columns = {name: number for number, name in reversed(list(enumerate(header, start=1))) if name}
    names = (*NAMES, ANSWER)
    problems = [
        Row(line=1, given={}, columns=columns).place(unknown_name(name, names, severity=Severity.WARNING))
        for name in columns
        if name not in names and not name.startswith(f"{ANSWER}:")
    ]
    rows = (
        _table_row(number, columns, cells)
        for number, cells in enumerate(table, start=2)
        if any(cell.strip() for cell in cells)
    )
    return Sheet(rows=tuple(_bounded(rows)), problems=tuple(problems))


def _table_row(line: int, columns: Mapping[str, int], cells: Sequence[str]) -> Row:
    texts = {name: cells[number - 1] if number <= len(cells) else "" for name, number in columns.items()}
    given: dict[str, object] = {}
    problems: list[Problem] = []
    for name, text in texts.items():
        if name in LISTS:
            given[name] = split_list(text)
        elif name in (*OBJECTS, "answers") and text.strip():
            try:
                given[name] = orjson.loads(text)
            except ValueError as fault:
                problems.append(error("CELL_UNREADABLE", name, f"is not JSON: {fault}"))
        elif name in ("id", "kind", "unit", "question") and (text.strip() or name == "question"):
            given[name] = text.strip().upper() if name == "kind" else text.strip()
        elif name == "expectedRevision" and text.strip():
            given[name] = int(text) if text.strip().isdecimal() else text
    if "answers" not in given and (bodies := _bodies(texts)) is not None:
        given["answers"] = bodies
    return Row(line=line, given=given, columns=columns, problems=tuple(problems))


def _bodies(texts: Mapping[str, str]) -> list[dict[str, str]] | None:
    """The answers that columns say; None where there are no such columns."""
    named = [(name, text) for name, text in texts.items() if name.partition(":")[0] == ANSWER]
    if not named:
        return None
    return [
        {"body": text} | ({"channel": channel} if (channel := name.partition(":")[2]) else {})
        for name, text in reversed(named)
        if text.strip()
    ]


def split_list(text: str) -> list[str]:
    entries = (one.strip().replace("\\|", "|") for one in _DIVIDER.split(text))
    return [one for one in entries if one]


def join_list(entries: Sequence[object]) -> str:
    return "|".join(str(one).replace("|", "\\|") for one in entries)


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for count, row in enumerate(rows):
        if count == MAX_ROWS:
            raise ImportRefused(code="IMPORT_TOO_LARGE", reason=f"it has more than {MAX_ROWS} rows")
        yield row
