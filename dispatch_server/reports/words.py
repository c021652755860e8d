"""What a text is found by: Chinese by its characters and pairs of them, other scripts by whole words."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_HAN = "㐀-䶿一-鿿豈-﫿々〇\U00020000-\U0003ffff"
_RUN = re.compile(rf"([{_HAN}]+)|((?:(?![{_HAN}])[^\W_])+)")
LONGEST_WORD = 40


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that follow each other: of Chinese any part is found, of other scripts only the whole word."""

    text: str
    is_han: bool

    def asked(self) -> tuple[str, ...]:
        """What all must be there. For more than two characters it is not enough: their order is not told by pairs."""
        return _pairs(self.text) or (self.text,) if self.is_han else (self.text,)

    @property
    def is_exact(self) -> bool:
        """Whether `asked` says it all."""
        return not self.is_han or len(self.text) <= 2


def normal(text: str) -> str:
    """As it is compared: no widths, no case. A lone surrogate is no character."""
    return unicodedata.normalize("NFKC", text).casefold().encode("utf-8", "ignore").decode("utf-8")


def runs(text: str) -> Iterator[Run]:
    """Of a text that is `normal`."""
    for han, other in _RUN.findall(text):
        yield Run(han, True) if han else Run(other[:LONGEST_WORD], False)


def words(text: str) -> set[str]:
    """Everything that one of `Run.asked` may be: each character and pair, and each word. Of a `normal` text."""
    found: set[str] = set()
    for run in runs(text):
        if run.is_han:
            found.update(run.text, _pairs(run.text))
        else:
            found.add(run.text)
    return found


def holds(text: str, asked: Run) -> bool:
    """Whether a `normal` text has it: what an index must agree with."""
    return asked.text in text if asked.is_han else asked in set(runs(text))


def _pairs(text: str) -> tuple[str, ...]:
    return tuple(text[n : n + 2] for n in range(len(text) - 1))
