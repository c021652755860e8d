"""Writes the organisation as an XLSX workbook whose cells are values and never formulas."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from dispatch_server.org.columns import CHINESE, SHEETS, YES, Column, Holds
from dispatch_server.org.model import Organisation

Line = dict[str, Any]
# What a spreadsheet program may take for the beginning of a formula; and the mark itself, so that it comes back.
STARTERS = ("=", "+", "-", "@", "\t", "\r", "'")


def as_workbook(organisation: Organisation) -> bytes:
    """Blocks; some seconds for the largest organisation."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook(write_only=True)
    for section, (title, columns) in SHEETS.items():
        sheet: Any = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for position, column in enumerate(columns, start=1):
            sheet.column_dimensions[get_column_letter(position)].width = column.width
        heads = [WriteOnlyCell(sheet, column.heading) for column in columns]
        for head in heads:
            head.font = Font(bold=True)
        sheet.append(heads)
        for line in lines_of(organisation, section):
            cells = []
            for column in columns:
                cell: Any = WriteOnlyCell(sheet, None)
                cell._value = written(column, line.get(column.key))  # not `value`: that makes text with = a formula
                cell.data_type = "d" if column.holds is Holds.DAY and cell._value is not None else "s"
                cell.number_format = "yyyy-mm-dd" if column.holds is Holds.DAY else "@"
                cells.append(cell)
            sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def written(column: Column, value: Any) -> str | date | None:
    """What goes into the cell."""
    match column.holds:
        case Holds.DAY:
            return value if isinstance(value, date) else None
        case Holds.FLAG:
            return YES if value else None
        case Holds.WORDS:
            return "、".join(CHINESE[word] for word in value)
    text = CHINESE.get(value, value) if column.key == "kind" else value
    return guarded(text) if text else None


def guarded(text: str) -> str:
    return f"'{text}" if text.startswith(STARTERS) else text


def lines_of(organisation: Organisation, section: str) -> Iterator[Line]:
    match section:
        case "departments":
            for one in sorted(organisation.departments.values(), key=lambda one: one.path):
                line: Line = {"path": one.path, "name": one.name, "name_en": one.name_en, "kind": one.kind.value}
                yield line | {"closed": one.closed_utc_us is not None}
        case "officers":
            for officer in sorted(organisation.officers.values(), key=lambda one: one.certificate):
                line = {name: getattr(officer, name) for name in ("certificate", "name", "department")}
                line |= {name: getattr(officer, name) for name in ("valid_from", "expires_on", "withdrawn_on")}
                yield line | {"person": officer.person_id, "closed": officer.closed_utc_us is not None}
        case "delegations":
            for given in sorted(organisation.delegations.values(), key=lambda one: str(one.natural_key)):
                line = {"item": given.item, "from": given.from_department, "to": given.to_department}
                line |= {"since": given.since, "until": given.until, "document": given.document}
                yield line | {"closed": given.closed_utc_us is not None}
        case _:
            yield from _lines_of_items(organisation, section)


def _lines_of_items(organisation: Organisation, section: str) -> Iterator[Line]:
    for one in sorted(organisation.items.values(), key=lambda one: one.code):
        match section:
            case "items":
                line: Line = {"code": one.code, "name": one.name, "kind": one.kind.value, "department": one.department}
                line |= {"question_types": [kind.value for kind in one.question_types]}
                yield line | {"closed": one.closed_utc_us is not None}
            case "basis":
                for article in one.basis:
                    yield {"item": one.code, "law": article.law, "article": article.article, "text": article.text}
            case "tiers":
                for tier in one.tiers:
                    yield {
                        "item": one.code,
                        "circumstance": tier.circumstance,
                        "tier": tier.tier,
                        "range": tier.range,
                    }
