"""What an address may ask, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from dispatch_server.kit.cursors import write_cursor
from dispatch_server.kit.errors import Invalid
from dispatch_server.kit.scope import COUNTY
from dispatch_server.reports.asked import Asked, query_of
from dispatch_server.reports.cells import Rectangle

PLACE = {"min_lat": 30.0, "max_lat": 31.0, "min_lon": 110.0, "max_lon": 111.0}


def test_all_of_it_arrives() -> None:
    asked = Asked(text="罚款 ABC", case="罚(2026) 1 号", cursor=write_cursor(42), missing=True, **PLACE)  # type: ignore[arg-type]
    query = query_of(asked, COUNTY)
    assert [one.text for one in query.words] == ["罚款", "abc"]
    assert (query.case_number, query.after, query.missing) == ("罚〔2026〕1号", 42, True)
    assert query_of(Asked(officer=" 执－０１ "), COUNTY).officer == "执-01"
    assert query.place == Rectangle(30.0, 110.0, 31.0, 111.0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"text": "，。"}, "text_unsearchable"),
        ({"party": "!!"}, "text_unsearchable"),
        ({"text": "a b c d e f g h i"}, "text_unsearchable"),
        ({"min_lat": 30.0}, "place_wrong"),
        (PLACE | {"min_lat": 32.0}, "place_wrong"),
        (PLACE | {"max_lon": 1.0}, "place_wrong"),
        ({"cursor": "x"}, "cursor_unusable"),
        ({"cursor": "LTE"}, "cursor_unusable"),
        ({"cursor": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}, "cursor_unusable"),
        ({"cursor": write_cursor(42, "e1")}, "cursor_unusable"),
        ({"cursor": write_cursor(1 << 53)}, "cursor_unusable"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        query_of(Asked(**words), COUNTY)
    assert refused.value.code == code


@pytest.mark.parametrize("words", [{"texts": "a"}, {"min_lat": "nan"}, {"limit": 0}, {"limit": 201}, {"state": "lost"}])
def test_what_has_no_form_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Asked(**words)
