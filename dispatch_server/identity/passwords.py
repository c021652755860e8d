"""The rules for passwords, and the passwords that everybody tries first."""

import string
import unicodedata
from base64 import b32encode
from collections.abc import Iterable

from dispatch_server.identity.ports import EntropyPort
from dispatch_server.kit.errors import Invalid

_AROUND = string.digits + string.punctuation + " "
SHORTEST, LONGEST, CLASSES, HISTORY = 12, 128, 3, 5
_MEANT_FOR_LETTERS = str.maketrans("0134578@$!|", "oieastbasii")
# Words that lists of broken passwords begin with, in the form that `bare` gives; with what this county would add.
_WORDS = """
    password passwort passw passwd pass word admin administrator root system guest user test demo default login
    welcome letmein iloveyou monkey dragon master shadow sunshine princess football baseball superman batman
    michael jennifer jordan charlie secret trustno access whatever freedom computer internet qwerty qwertyuiop
    qwert asdfghjkl asdfgh asdf zxcvbnm zxcvbn zxcv qazwsx qazwsxedc qweasd qweasdzxc abc abcd abcde abcdef
    abcdefg abcdefgh wasd hello ninja azerty starwars pokemon google samsung apple microsoft windows cisco
    oracle changeme temppass temporary newpassword mypassword company server database manager operator security
    service support backup woaini woaiwojia woshishui nihao wangyut zhang wang beijing shanghai china zhongguo
    hebei zhangjiakou huailai huailaixian shacheng xingzheng zhifa zhihui diaodu dispatch gongan mima miima
    guanliyuan caozuoyuan aini iloveu taobao tencent huawei xiaomi hikvision dahua summer winter spring autumn
    january february march april june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday
"""
COMMON = frozenset(_WORDS.split())
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")


class PasswordUnfit(Invalid):
    """What is wrong with a new password; nothing is said of the old ones but that it was among them."""

    def __init__(self, sentence: str) -> None:
        super().__init__("password_unfit", sentence)


def normal(password: str) -> str:
    """One form for the same characters, however a keyboard composed them (RFC 8265 section 4)."""
    return unicodedata.normalize("NFC", password)


def check(password: str, about: Iterable[str]) -> None:
    """`about`: what others know of the person (account, name). Raises PasswordUnfit."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordUnfit(f"A password has {SHORTEST} to {LONGEST} characters.")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in password):
        raise PasswordUnfit("A password has no control characters.")
    if classes_in(password) < CLASSES:
        raise PasswordUnfit("A password has three of: small letters, capital letters, digits, other characters.")
    if any(len(word) >= 3 and word.lower() in password.lower() for word in about):
        raise PasswordUnfit("A password does not contain the account or the name.")
    if is_easily_guessed(password):
        raise PasswordUnfit("This password is among those that are tried first.")


def classes_in(password: str) -> int:
    return sum(
        (
            any(character.islower() for character in password),
            any(character.isupper() for character in password),
            any(character.isdigit() for character in password),
            any(not character.isalnum() or ord(character) > 127 for character in password),
        )
    )


def is_easily_guessed(password: str) -> bool:
    """A common word with digits and signs around it, few different characters, or mostly runs of the keyboard."""
    lowered = password.lower()
    core = lowered.strip(_AROUND).translate(_MEANT_FOR_LETTERS)
    if len(set(lowered)) < 6 or bare(lowered) in COMMON or bare(core) in COMMON:
        return True
    return len(lowered) - _in_runs(lowered) < 6


def bare(lowered: str) -> str:
    """Its letters alone; a word that is said twice counts once."""
    letters = "".join(character for character in lowered if character.isalpha())
    half = letters[: len(letters) // 2]
    return half if half and half + half == letters else letters


def _in_runs(lowered: str) -> int:
    """How many characters stand in pieces of four or more from a row of the keyboard or the alphabet."""
    rows = [row for run in _RUNS for row in (run, run[::-1])]
    covered, at = 0, 0
    while at < len(lowered):
        length = next(
            (n for n in range(min(12, len(lowered) - at), 3, -1) if any(lowered[at : at + n] in row for row in rows)), 0
        )
        covered += length
        at += length or 1
    return covered


def one_time_password(entropy: EntropyPort) -> str:
    """80 random bits, in capitals and digits that can be read out over a telephone: `KJ7Q-…`."""
    letters = b32encode(entropy(10)).decode()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))
