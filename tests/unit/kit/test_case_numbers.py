"""One case number, however somebody writes it."""

import pytest

from dispatch_server.kit.case_numbers import normalised

WRITTEN = [
    "青市监罚〔2026〕12号",
    "青市监罚【2026】 12 号",
    "青市监罚(2026)12号",
    "青市监罚［２０２６］１２号",
    " 青市监罚<2026>12号 ",
]


@pytest.mark.parametrize("number", WRITTEN)
def test_brackets_widths_and_spaces_make_no_other_number(number: str) -> None:
    assert normalised(number) == "青市监罚〔2026〕12号"


def test_digits_and_letters_do() -> None:
    assert normalised("a〔2026〕1") == "A〔2026〕1" != normalised("A〔2026〕11")
