"""Texts that people enter: no control characters, no halves of characters."""

import pytest
from pydantic import ValidationError

from dispatch_server.protocol.organisation import DepartmentWish, printable


def test_line_breaks_are_text_and_control_characters_are_not() -> None:
    assert printable("第一款\n\t第二款 😀") == "第一款\n\t第二款 😀"
    for bad in ("\0", "\x1b[2J", "\r", "\x7f", "\x85", "\ufffe", "\ud800"):
        with pytest.raises(ValueError, match="control characters"):
            printable(f"a{bad}b")


def test_names_are_stripped_and_never_empty() -> None:
    assert DepartmentWish(code="13", name=" 甲镇 ", kind="township").name == "甲镇"
    for wrong in ({"name": "  "}, {"code": "1"}, {"code": "１３"}, {"kind": "county"}, {"parent": "13/"}, {"x": 1}):
        with pytest.raises(ValidationError):
            DepartmentWish.model_validate({"code": "13", "name": "甲", "kind": "township", **wrong})
