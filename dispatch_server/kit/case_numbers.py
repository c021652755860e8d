"""A case number (案号) as it is compared: people write the same one with other brackets, widths and spaces."""

import unicodedata

_OPENING = frozenset("([{〔【［（「《<")
_CLOSING = frozenset(")]}〕】］）」》>")


def normalised(number: str) -> str:
    """`青市监罚【2026】 12 号` and `青市监罚〔2026〕12号` are one number."""
    found = []
    for one in unicodedata.normalize("NFKC", number).upper():
        if one.isspace():
            continue
        found.append("〔" if one in _OPENING else "〕" if one in _CLOSING else one)
    return "".join(found)
