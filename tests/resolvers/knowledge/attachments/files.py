"""Small files of every kind, made here: a PDF by hand, a document by the library that reads it."""

import zipfile
from io import BytesIO
from typing import Any

import docx

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def pdf(*pages: str) -> bytes:
    """A page for each text, which is ASCII."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in enumerate(pages):
        shown = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        resources = "<< /Font << /F1 3 0 R >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /Resources {resources} /MediaBox [0 0 612 792]"
            f" /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
    return _written(objects)


def word(*paragraphs: str, cells: tuple[str, ...] = ()) -> bytes:
    document: Any = docx.Document()  # Any: the library's types leave much open
    for text in paragraphs:
        document.add_paragraph(text)
    if cells:
        table = document.add_table(rows=1, cols=len(cells))
        for cell, text in zip(table.rows[0].cells, cells, strict=True):
            cell.text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def word_bomb(size_bytes: int) -> bytes:
    """A document whose text is this long unpacked, and a thousandth of it packed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(word("x"))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in good.infolist():
            content = good.read(part)
            if part.filename == "word/document.xml":
                content = content.replace(b"<w:t>x</w:t>", b"<w:t>" + b"x" * size_bytes + b"</w:t>")
            bad.writestr(part.filename, content)
    return out.getvalue()


def _written(objects: list[str]) -> bytes:
    out = b"%PDF-1.4\n"
    places: list[int] = []
    for number, text in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(out)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
