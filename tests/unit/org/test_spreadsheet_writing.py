"""A workbook that we write holds values: what a spreadsheet program would compute is made harmless."""

import io

import openpyxl
import pytest

from dispatch_server.org import spreadsheet_writing
from dispatch_server.org.columns import SHEETS
from dispatch_server.org.model import Organisation
from dispatch_server.org.spreadsheet_writing import as_workbook, guarded
from tests.unit.org.test_importing import is_same, named

EVIL = ["=HYPERLINK(\"http://evil\",\"x\")", "+1", "-1", "@SUM(1)", "\t=1", "'=1"]  # fmt: skip


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(named(text))))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@", "\t"))] == []
    assert f"'{text}" in [cell.value for cell in cells]


def test_without_its_mark_a_quotation_would_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_same(named("'quoted"), "xlsx")
    monkeypatch.setattr(spreadsheet_writing, "guarded", lambda text: text)
    assert not is_same(named("'quoted"), "xlsx")


def test_an_empty_county_is_a_form_to_fill_in() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(Organisation())))
    assert book.sheetnames == [title for title, _ in SHEETS.values()]
    assert [cell.value for cell in book["部门"][1]] == ["部门编码", "名称", "英文名称", "类型", "已撤销"]
    assert guarded("普通") == "普通"
