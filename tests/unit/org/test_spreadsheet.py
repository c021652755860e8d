"""Workbooks there and back, and what is said about wrong ones."""

import time

import pytest

from dispatch_server.org.refusals import FileTooLarge, FileWrong
from dispatch_server.org.sheet_file import LARGEST_FILE_BYTES
from dispatch_server.org.spreadsheet import MOST_ROWS, read_workbook
from tests.unit.org.workbooks import heading, row, with_rows

OFFICER = ["样例-1", "甲", "13", "", "2029-12-31"]


def officers(*rows: str) -> bytes:
    return with_rows("officers", heading("officers") + "".join(rows))


def test_a_row_is_read_as_its_headings_say() -> None:
    (line,) = read_workbook(officers(row(2, OFFICER), row(3, ["", " "]), row(4, [])), "x.xlsx").officers
    assert (line.certificate, line.department, line.expires_on.year, line.valid_from) == ("样例-1", "13", 2029, None)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (officers(row(2, ["样例-1", "甲", "13", "", "31.12.2029"])), "执法人员 row 2: 证件有效期至: a day is written"),
        (officers(row(2, OFFICER), row(3, ["样例-2", "甲", "1", "", "2029-12-31"])), "执法人员 row 3: department: St"),
        (officers(row(2, [*OFFICER, "", "", "maybe"])), "执法人员 row 2: 已撤销: 是 or nothing"),
        (officers(row(2, OFFICER), row(3, OFFICER)), "certificate 样例-1 is given twice"),
        (officers(row(2, [*OFFICER, "", "", "", "x"])), "column 9 has no heading"),
        (with_rows("officers", row(1, ["姓名", "姓名"])), "the column 姓名 is there twice"),
        (with_rows("officers", row(1, ["姓名", "密码"])), "there is no column 密码"),
        (officers('<row r="2"><c r="A2"><f>HYPERLINK("http://evil")</f><v>x</v></c></row>'), "row 2: formulas are not"),
        (officers('<row r="2"><c r="A2" t="str"><f>1+1</f><v>2</v></c></row>'), "row 2: formulas are not"),
        (officers('<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>'), "row 2: the cell shows an error"),
        (officers('<row r="2"><c r="C2"><v>13</v></c></row>'), "row 2: department: Input should be a valid string"),
        (officers('<row r="2"><c r="A2" t="s"><v>99</v></c></row>'), "it is not a workbook that can be read"),
        (officers('<row r="x"><c r="A2"><v>1</v></c></row>'), "it is not a workbook that can be read"),
        (officers('<row r="2"><c r="A2"><v>1</c></row>'), "it is not a workbook that can be read"),
        (with_rows("departments", heading("departments") + row(2, ["13/01", "队"])), "no department 13 above it"),
        (with_rows("departments", heading("departments") + row(2, ["", "镇", "", "乡镇"])), "only the county itself"),
        (with_rows("basis", heading("basis") + row(2, ["CF-9", "法"])), "there is no item CF-9"),
        (with_rows("delegations", heading("delegations") + row(2, ["CF-9", "03"])), "下放清单 row 2: document: Field"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_sheet_and_row(data: bytes, sentence: str) -> None:
    with pytest.raises(FileWrong) as caught:
        read_workbook(data, "x.xlsx")
    assert sentence in caught.value.sentence


@pytest.mark.parametrize(
    "rows",
    [
        "".join(row(number, ["x"]) for number in range(2, 100_002)),
        f'<row r="1048576">{"<c/>" * 9}</row>',
        "".join(f'<row r="{number}"/>' for number in range(2, 100_002)),
    ],
    ids=["100 k rows", "the last row of all", "100 k empty rows"],
)
def test_more_rows_than_may_be_are_refused_soon(rows: str) -> None:
    data = officers(rows)
    begun = time.perf_counter()
    with pytest.raises(FileWrong, match=f"more than {MOST_ROWS} rows"):
        read_workbook(data, "x.xlsx")
    assert time.perf_counter() - begun < 20


def test_a_row_as_wide_as_can_be_is_refused_soon() -> None:
    wide = "".join(f'<row r="{number}"><c r="XFD{number}"><v>1</v></c></row>' for number in range(2, 2000))
    assert read_workbook(officers(wide), "x.xlsx").officers == []  # beyond the columns that are looked at


def test_a_large_file_is_not_looked_at() -> None:
    with pytest.raises(FileTooLarge):
        read_workbook(b"x" * (LARGEST_FILE_BYTES + 1), "x.xlsx")
