"""Reads an XLSX workbook that anybody may have made into the plain values that a YAML file would give."""

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from dispatch_server.org.columns import OF_CHINESE, SECTION_OF, SHEETS, YES, Column, Holds
from dispatch_server.org.file_lines import OrganisationFile
from dispatch_server.org.package_checks import check_package
from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES, checked
from dispatch_server.org.workbook_tree import Row, Sheets, content_of_sheets

MOST_ROWS = 20_001  # of a sheet, its heading included
MOST_COLUMNS = 40
_NO = frozenset({"", "否", "no", "false", "0"})
_FLAGS = frozenset({YES, "yes", "true", "1"})


def read_workbook(data: bytes, name: str) -> OrganisationFile:
    """Raises FileWrong, which names sheet and row, and FileTooLarge."""
    if len(data) > LARGEST_FILE_BYTES:
        raise FileTooLarge(LARGEST_FILE_BYTES)
    check_package(data, name)
    sheets = _sheets(data, name)
    content, places = content_of_sheets(sheets, name)

    def place(section: str, number: int, _: Any) -> str:
        return places[section][number]

    return checked(OrganisationFile, content, name, place)


def _sheets(data: bytes, name: str) -> Sheets:
    import openpyxl  # a sixth of a second, and only an import needs it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that we do not look at
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
            try:
                return {
                    SECTION_OF[sheet.title]: list(_rows(sheet, SECTION_OF[sheet.title], name))
                    for sheet in book.worksheets
                    if sheet.title in SECTION_OF
                }
            finally:
                book.close()
    except (BadZipFile, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError) as error:
        raise FileWrong([f"{name}: it is not a workbook that can be read ({type(error).__name__})"]) from None


def _rows(sheet: Any, section: str, name: str) -> Iterator[Row]:
    """The rows with something in them, each as key → value. A cell that is no plain value is refused."""
    title, _ = SHEETS[section]
    sheet.reset_dimensions()  # what the file says of its own size is not believed
    columns: list[Column | None] = []
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        where = f"{title} row {number}"
        if number > MOST_ROWS:
            raise FileWrong([f"{name}: {title}: more than {MOST_ROWS} rows"])
        values = [_plain(cell, f"{name}: {where}") for cell in cells]
        if not columns:
            columns = _columns(values, section, f"{name}: {where}")
        elif any(value not in (None, "") for value in values):
            yield where, _line(columns, values, f"{name}: {where}")


def _columns(headings: list[Any], section: str, where: str) -> list[Column | None]:
    _, known = SHEETS[section]
    by_heading = {word: column for column in known for word in (column.heading, column.key)}
    found: list[Column | None] = []
    for heading in headings:
        column = by_heading.get(str(heading).strip()) if heading is not None else None
        if heading not in (None, "") and column is None:
            raise FileWrong([f"{where}: there is no column {str(heading)[:40]}"])
        if column is not None and column in found:
            raise FileWrong([f"{where}: the column {column.heading} is there twice"])
        found.append(column)
    return found


def _line(columns: list[Column | None], values: list[Any], where: str) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for position, value in enumerate(values):
        if value in (None, ""):
            continue
        column = columns[position] if position < len(columns) else None
        if column is None:
            raise FileWrong([f"{where}: column {position + 1} has no heading"])
        line[column.key] = _meant(column, value, f"{where}: {column.heading}")
    return line


def _plain(cell: Any, where: str) -> Any:
    """A formula is refused, not computed; an apostrophe that keeps text from being one is taken off again."""
    if cell.data_type == "f":
        raise FileWrong([f"{where}: formulas are not accepted; enter the value itself"])
    if cell.data_type == "e":
        raise FileWrong([f"{where}: the cell shows an error"])
    value = cell.value
    return value.strip().removeprefix("'") if isinstance(value, str) else value


def _meant(column: Column, value: Any, where: str) -> Any:
    match column.holds:
        case Holds.DAY:
            return _day(value, where)
        case Holds.FLAG:
            word = str(value).lower()
            if word not in _FLAGS | _NO:
                raise FileWrong([f"{where}: {YES} or nothing"])
            return word in _FLAGS
        case Holds.WORDS:
            return [OF_CHINESE.get(word.strip(), word.strip()) for word in str(value).split("、") if word.strip()]
    return OF_CHINESE.get(value, value) if column.key == "kind" else value


def _day(value: Any, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).replace("/", "-"))
    except ValueError:
        raise FileWrong([f"{where}: a day is written 2026-12-31"]) from None
