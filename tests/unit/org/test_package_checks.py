"""Packages that no honest workbook is: they are refused before anything reads them."""

import struct

import pytest

from dispatch_server.org import package_checks
from dispatch_server.org.package_checks import LARGEST_PART_BYTES, check_package
from dispatch_server.org.refusals import FileWrong
from tests.unit.org.workbooks import EMPTY, SHEET, packed, parts_of, with_part

BOMB = with_part(SHEET.format(1), b" " * (LARGEST_PART_BYTES + 1))
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "lol">]><worksheet>&x;</worksheet>'


def lying(data: bytes) -> bytes:
    """Its directory says that every part has ten bytes."""
    changed = bytearray(data)
    place = changed.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<I", changed, place + 24, 10)
        place = changed.find(b"PK\x01\x02", place + 4)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (BOMB, "larger than"),
        (lying(BOMB), "not a whole XLSX"),
        (b"", "not a whole XLSX"),
        (b"PK\x03\x04 nonsense", "not a whole XLSX"),
        (EMPTY[:-400], "not a whole XLSX"),
        (packed({**parts_of(EMPTY), **{f"xl/a{n}.xml": b"" for n in range(100)}}), "more than 60 parts"),
        (with_part("xl/vbaProject.bin", b"x"), "macros"),
        (with_part("xl/externalLinks/externalLink1.xml", b"<a/>"), "macros, links"),
        (with_part("xl/../../etc/passwd.xml", b"<a/>"), "macros, links"),
        (with_part("evil.exe", b"MZ"), "has no part"),
        (with_part(SHEET.format(1), ENTITIES), "not the plain XML"),
        (with_part(SHEET.format(1), ENTITIES.decode().encode("utf-16")), "not the plain XML"),
        (with_part("xl/styles.xml", b"<! doctype a><a/>"), "not the plain XML"),
    ],
    ids=range(13),
)
def test_it_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FileWrong) as caught:
        check_package(data, "x.xlsx")
    assert sentence in caught.value.sentence


def test_a_bomb_is_small_and_would_go_through_without_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BOMB) < 100_000
    monkeypatch.setattr(package_checks, "LARGEST_PART_BYTES", 1 << 40)
    monkeypatch.setattr(package_checks, "LARGEST_BYTES", 1 << 40)
    check_package(BOMB, "x.xlsx")


def test_a_flipped_byte_is_found() -> None:
    place = EMPTY.find(b"xl/worksheets/sheet1.xml") + 60
    with pytest.raises(FileWrong):
        check_package(EMPTY[:place] + bytes([EMPTY[place] ^ 0xFF]) + EMPTY[place + 1 :], "x.xlsx")


def test_a_good_one_passes() -> None:
    check_package(EMPTY, "x.xlsx")
    check_package(with_part("docProps/thumbnail.jpeg", b"\xff\xd8\0"), "x.xlsx")
