"""A secret of 32 bytes as two shares on paper: each alone tells nothing, and a slip of the pen is found."""

import hashlib
import re
from dataclasses import dataclass

from dispatch_server.kit.errors import LocalFault

SECRET_BYTES = 32
_GROUPS = SECRET_BYTES // 2
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_READ_AS = str.maketrans("ILO", "110")


class ShareWrong(LocalFault):
    """It was written down or typed wrongly, or belongs to something else; the sentence says where."""

    def __init__(self, sentence: str) -> None:
        super().__init__("share_wrong", sentence)


@dataclass(frozen=True, slots=True)
class Share:
    number: int  # 1 or 2
    copy: str  # four letters that name the pair
    value: bytes


def split(secret: bytes, chance: bytes, copy: str) -> tuple[Share, Share]:
    """Two shares whose XOR is the secret; `chance` is as long as it and fresh."""
    if len(secret) != SECRET_BYTES or len(chance) != SECRET_BYTES:
        raise ValueError("a secret and its mask are 32 bytes each")
    return Share(1, copy, chance), Share(2, copy, bytes(a ^ b for a, b in zip(secret, chance, strict=True)))


def join(one: Share, other: Share) -> bytes:
    """The secret. ShareWrong when they are not the two shares of one pair."""
    if one.copy != other.copy:
        raise ShareWrong(f"These shares belong to different copies: {one.copy} and {other.copy}.")
    if one.number == other.number:
        raise ShareWrong(f"This is share {one.number} twice; the other one is with the other administrator.")
    return bytes(a ^ b for a, b in zip(one.value, other.value, strict=True))


def copy_name(public: bytes) -> str:
    """Four letters by which a pair of shares and what it opens know each other."""
    return _letters(int.from_bytes(hashlib.sha256(b"copy" + public).digest()[:3], "big") >> 4)


def written(share: Share) -> str:
    """`1-ABCD` and 17 groups of four: 16 of two bytes with four check bits each, and one over the whole."""
    head = f"{share.number}-{share.copy}"
    groups = [_group(head, index, share.value[2 * index : 2 * index + 2]) for index in range(_GROUPS)]
    return " ".join([head, *groups, _whole_check(head, share.value)])


def read(text: str) -> Share:
    """What somebody typed; case, spaces and dashes do not matter. ShareWrong names the first group that is wrong."""
    plain = re.sub(r"[\s-]", "", text.upper()).translate(_READ_AS)
    if len(plain) != 5 + 4 * (_GROUPS + 1) or plain[0] not in "12" or any(c not in _ALPHABET for c in plain):
        raise ShareWrong(f"A share is 1 or 2, four letters, and {_GROUPS + 1} groups of four letters and digits.")
    head = f"{plain[0]}-{plain[1:5]}"
    value = b""
    for index in range(_GROUPS):
        typed = plain[5 + 4 * index : 9 + 4 * index]
        data = (_number(typed) >> 4).to_bytes(2, "big")
        if _group(head, index, data) != typed:
            raise ShareWrong(f"Group {index + 1} of share {plain[0]} ({typed}) was not copied rightly.")
        value += data
    if _whole_check(head, value) != plain[-4:]:
        raise ShareWrong(f"Share {plain[0]} was not copied rightly; compare every group.")
    return Share(int(plain[0]), plain[1:5], value)


def _group(head: str, index: int, data: bytes) -> str:
    check = hashlib.sha256(head.encode() + bytes([index]) + data).digest()[0] >> 4
    return _letters(int.from_bytes(data, "big") << 4 | check)


def _whole_check(head: str, value: bytes) -> str:
    return _letters(int.from_bytes(hashlib.sha256(b"whole" + head.encode() + value).digest()[:3], "big") >> 4)


def _letters(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number << 5 | _ALPHABET.index(letter)
    return number
