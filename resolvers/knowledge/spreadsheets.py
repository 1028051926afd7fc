"""CSV and XLSX as rows of texts, and back; what would be a formula in a spreadsheet is defused.

A cell that begins like a formula is written with an apostrophe before it, and read again without.
"""

import csv
import re
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from importlib import import_module
from io import BytesIO, StringIO
from typing import Any

from resolvers.knowledge.errors import ImportRefused

MAX_CELL = 32_767  # characters in a cell of XLSX
FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
DEFUSED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")

Rows = Iterator[Sequence[str]]


def read_csv(data: str) -> Rows:
    """Raises `ImportRefused` while it is read."""
    text = data.removeprefix("\ufeff")
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in reader:
            yield [_armed(cell) for cell in cells]
    except csv.Error as fault:
        raise ImportRefused(
            code="IMPORT_UNREADABLE", reason=f"line {reader.line_num} is not CSV: {fault}"
        ) from None


def write_csv(rows: Sequence[Sequence[str]]) -> str:
    out = StringIO(newline="")
    csv.writer(out).writerows([defused(cell) for cell in row] for row in rows)
    return out.getvalue()


def read_xlsx(data: str, *, max_bytes: int) -> Rows:
    """The first sheet of a workbook in base64. Raises `ImportRefused`."""
    try:
        packed = BytesIO(b64decode(data, validate=True))
        with zipfile.ZipFile(packed) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (ValueError, zipfile.BadZipFile):
        raise ImportRefused(code="IMPORT_UNREADABLE", reason="it is not XLSX in base64") from None
    if size > max_bytes:
        raise ImportRefused(code="IMPORT_TOO_LARGE", reason=f"unpacked it is larger than {max_bytes} bytes")
    return _worksheet(packed)


def write_xlsx(rows: Sequence[Sequence[str]]) -> str:
    """A workbook with one sheet, in base64; every cell is a text, whatever it begins with."""
    openpyxl = import_module("openpyxl")  # 0.4 s to import, for those who use it
    illegal = import_module("openpyxl.cell.cell").ILLEGAL_CHARACTERS_RE
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("articles")
    cell_of = import_module("openpyxl.cell").WriteOnlyCell
    for row in rows:
        cells = [cell_of(sheet, value=illegal.sub("", text)) for text in row]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = BytesIO()
    book.save(out)
    return b64encode(out.getvalue()).decode()


def defused(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _armed(cell: str) -> str:
    return cell[1:] if DEFUSED.match(cell) else cell


def _delimiter(text: str) -> str:
    header = text[:10_000].partition("\n")[0]
    return max((",", ";", "\t"), key=header.count) if "," not in header else ","


def _worksheet(packed: BytesIO) -> Rows:
    openpyxl = import_module("openpyxl")  # as above
    try:
        book = openpyxl.load_workbook(packed, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_text(value) for value in row]
    except ImportRefused:
        raise
    except Exception as fault:  # the library raises whatever it stumbles over
        raise ImportRefused(
            code="IMPORT_UNREADABLE", reason=f"the workbook cannot be read ({type(fault).__name__})"
        ) from None


def _text(value: Any) -> str:  # Any: as the library reads a cell
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)
