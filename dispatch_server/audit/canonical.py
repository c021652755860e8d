"""Canonical JSON (RFC 8785) of what the ledger hashes and signs: one value has exactly one row of bytes."""

import json
import re
from typing import Any, NoReturn

_DIGITS = 17
LARGEST_NUMBER = 2**53 - 1  # beyond it RFC 8785's numbers (IEEE 754 doubles) are not exact


def canonical(value: Any) -> bytes:
    """
    Objects with their keys in order of UTF-16, lists, texts, integers, booleans, null.

    ValueError for floats, integers that are not exact everywhere, and texts that are not Unicode.
    """
    return json.dumps(
        _ordered(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
    ).encode("utf-8")


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise ValueError("an integer beyond 2^53 has no canonical form")
        return value
    if isinstance(value, dict):
        keys = sorted(value) if all(key.isascii() for key in value) else sorted(value, key=_utf16)
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(inner) for inner in value]
    raise ValueError(f"{type(value).__name__} has no canonical form here")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be")


def read(data: bytes) -> Any:
    """The value of these bytes; ValueError when they are not its canonical form."""
    text = data.decode("utf-8")
    try:
        value = _decode(text)
        # Below U+10000 the order of UTF-16 is that of the characters: the library's own, much faster.
        made = _encode(value) if _SUPPLEMENTARY.search(text) is None else canonical(value).decode("utf-8")
    except RecursionError:
        raise ValueError("nested too deep") from None
    if made != text:
        raise ValueError("not in canonical form")
    return value


def _whole(text: str) -> int:
    value = int(text) if len(text) <= _DIGITS else LARGEST_NUMBER + 1
    if abs(value) > LARGEST_NUMBER:
        raise ValueError("an integer beyond 2^53 has no canonical form")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} has no canonical form here")


_SUPPLEMENTARY = re.compile("[\U00010000-\U0010ffff]")
_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse, parse_int=_whole).decode
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode
