"""Workbooks, good and bad: a good one taken apart and put together with other parts."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from dispatch_server.org.columns import SHEETS
from dispatch_server.org.model import Organisation
from dispatch_server.org.spreadsheet_writing import as_workbook

SHEET = "xl/worksheets/sheet{}.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
NUMBER_OF = {section: number for number, section in enumerate(SHEETS, start=1)}
EMPTY = as_workbook(Organisation())


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def with_part(name: str, content: bytes, data: bytes = EMPTY) -> bytes:
    return packed({**parts_of(data), name: content})


def with_rows(section: str, rows: str, data: bytes = EMPTY) -> bytes:
    """Raw rows of XML in that sheet."""
    xml = f'<worksheet xmlns="{MAIN}"><dimension ref="A1:B2"/><sheetData>{rows}</sheetData></worksheet>'
    return with_part(SHEET.format(NUMBER_OF[section]), xml.encode(), data)


def row(number: int, values: Sequence[str]) -> str:
    cells = "".join(f'<c t="inlineStr"><is><t xml:space="preserve">{escape(one)}</t></is></c>' for one in values)
    return f'<row r="{number}">{cells}</row>'


def heading(section: str) -> str:
    return row(1, [column.heading for column in SHEETS[section][1]])
