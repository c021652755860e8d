"""What a recording says of itself in its folder."""

from pathlib import Path

import pytest

from dispatch_server.archive import folders
from dispatch_server.archive.model import Card
from dispatch_server.protocol.footage import MalformedFootage

CARD = Card("0198a1b2-aaaa-7bbb-8ccc-0123456789ab", "stream-1", "T0101", "县/市场监管局", 1_764_000_000_000_000)
END = folders.End(1_764_000_100_000_000, "ended", 100, "ab" * 32, 0)


def test_a_folder_lies_under_its_day() -> None:
    assert folders.folder_of(CARD) == Path("2025/11/24") / CARD.id


def test_card_and_end_come_back(tmp_path: Path) -> None:
    (tmp_path / folders.CARD).write_bytes(folders.write_card(CARD))
    (tmp_path / folders.END).write_bytes(folders.write_end(END))
    assert folders.read_card(tmp_path / folders.CARD) == CARD
    assert folders.read_end(tmp_path / folders.END) == END
    assert folders.read_end(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    "wrong",
    [b"", b"[]", b"\xff", b"{}", b'{"format":1}', folders.write_card(CARD).replace(b'"format": 1', b'"format": 9')]
    + [
        folders.write_card(Card(bad, "s", "t", "d", 1))
        for bad in ("../../etc/passwd", "short", "a" * 65, "罚款罚款罚款罚款")
    ]
    + [folders.write_card(Card("recording-1", "s", "t", "d", -5)), b"[" * 9_000],
)
def test_a_card_that_is_none_is_refused(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / folders.CARD).write_bytes(wrong)
    with pytest.raises(MalformedFootage):
        folders.read_card(tmp_path / folders.CARD)


def test_recordings_are_found_by_their_cards(tmp_path: Path) -> None:
    place = tmp_path / folders.folder_of(CARD)
    place.mkdir(parents=True)
    (place / folders.CARD).write_bytes(folders.write_card(CARD))
    (place / "000002.jsonl").touch()
    (place / "000010.jsonl").touch()
    (place / "000011.mp4").touch()
    assert list(folders.find_recordings(tmp_path)) == [place]
    assert folders.segment_numbers(place) == [2, 10]
