"""docs/protocol.md names every word of the sockets and every code with which they refuse or end."""

import re
from pathlib import Path

from dispatch_server.protocol import signals as words

PAPER = re.split(r"## \d+\. Signals\n", Path("docs/protocol.md").read_text(encoding="utf-8"))[-1]
CODE = re.compile(r'(?:Farewell\(\s*|code=|refuse\(line, [\w.]+, )"(\w+)"')


def codes_in(texts: list[str]) -> set[str]:
    return {code for text in texts for code in CODE.findall(text)}


def unnamed(names: set[str], paper: str) -> set[str]:
    return {name for name in names if f"`{name}`" not in paper}


def test_every_word_is_in_the_paper() -> None:
    models = [*words.TERMINAL_WORDS, *words.SERVER_WORDS, *words.PUSHED]
    assert unnamed({words.name_of(model) for model in models}, PAPER) == set()


def test_every_code_is_in_the_paper() -> None:
    codes = codes_in([path.read_text(encoding="utf-8") for path in Path("dispatch_server/signals").glob("*.py")])
    assert {"no_hello", "unknown_type", "took_too_long", "session_ended"} <= codes
    # A line that was away too long has nobody to be told.
    assert unnamed(codes - {"away_too_long"}, PAPER) == set()


def test_what_the_paper_leaves_out_is_seen() -> None:
    assert unnamed(codes_in(['Farewell("lamp_out", again=True)', 'Error(code="no_lamp")']), "`no_lamp`") == {"lamp_out"}
