"""Workbooks with damaged parts: read, or refused in a sentence; nothing else comes out of the libraries."""

import random

from dispatch_server.org.refusals import FileWrong
from dispatch_server.org.spreadsheet import read_workbook
from dispatch_server.org.spreadsheet_writing import as_workbook
from tests.unit.org.county import sample
from tests.unit.org.test_importing import named
from tests.unit.org.workbooks import packed, parts_of

ROUNDS = 400
SNIPPETS = [b"<", b">", b"&", b'"', b"s", b"99999999999", b"-1", b"\xff", b"<c/>", b"<row>", b"</row>", b' t="s"']


def damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(3):
            case 0:
                data[at : at + chance.randint(1, 30)] = b""
            case 1:
                data[at:at] = chance.choice(SNIPPETS)
            case 2:
                data[at : at + 1] = chance.randbytes(1)
    return bytes(data)


def test_damaged_parts_are_read_or_refused(seeded: random.Random) -> None:
    refused = 0
    for parts in (parts_of(as_workbook(named("名"))), parts_of(as_workbook(sample()))):
        for _ in range(ROUNDS // 2):
            name = seeded.choice(list(parts))
            try:
                read_workbook(packed({**parts, name: damaged(parts[name], seeded)}), "x.xlsx")
            except FileWrong:
                refused += 1
    assert ROUNDS // 4 < refused < ROUNDS
