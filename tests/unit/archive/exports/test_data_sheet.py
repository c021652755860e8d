"""The data sheet: made where a Chinese font is, refused with its cure where none is, and texts stay texts."""

import pytest

from dispatch_server.archive.exports import data_sheet as sheet
from dispatch_server.archive.exports.content import Facts, Gap
from dispatch_server.archive.exports.manifest import Heading
from dispatch_server.archive.exports.ports import Story
from dispatch_server.archive.model import Card

HEADING = Heading("export-1", 1_764_000_000_000_000, "王芳", "李雷", '#panic("x") $x^2$ \\', "县人民法院", "13")
STORY = Story("检查", ("王五",), ({"from_utc_us": 1, "to_utc_us": 2, "kind": "missing", "reason": "断网"},), (), ())


def facts(gaps: int) -> Facts:
    card = Card("r" * 36, "s", "T1301", "13", 1_764_000_000_000_000, origin="terminal", clock_offset_us=120_000)
    found = tuple(Gap(number * 10, number * 10 + 5, "publisher lost") for number in range(gaps))
    return Facts(card, (), 2, 100, 1_764_000_000_000_000, 1_764_000_600_000_000, "ab" * 32, None, False, found, ("x",))


@pytest.mark.parametrize("gaps", [0, 3, 2 * sheet.MOST_ROWS])
def test_it_is_a_pdf(gaps: int) -> None:
    try:
        sheet.chinese_fonts("")
    except sheet.FontMissing:
        pytest.skip("no Chinese font is installed")
    made = sheet.SheetFacts(HEADING, "市场监管所", [facts(gaps)], ["终端一"], STORY, "k" * 43, 12)
    pdf = sheet.data_sheet(made, "")
    assert pdf.startswith(b"%PDF-") and len(pdf) > 20_000
    assert sheet.data_sheet(made, "") == pdf


def test_without_a_font_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "FAMILIES", ("None Such",))
    sheet.chinese_fonts.cache_clear()
    with pytest.raises(sheet.FontMissing, match="fonts-noto-cjk"):
        sheet.chinese_fonts("")
    sheet.chinese_fonts.cache_clear()


def test_times_are_the_county_s() -> None:
    assert sheet.moment(1_764_000_000_123_456) == "2025-11-25 00:00:00.123（北京时间）"
    assert sheet.length(3_725_000_000) == "1:02:05"
    assert "县人民法院" in sheet.watermark_of(HEADING) and len(sheet.watermark_of(HEADING)) <= 80
