"""Which H.264 an offer means: profile-level-id and packetization-mode (RFC 6184 section 8.1)."""

import re
from collections.abc import Mapping

_PROFILE_LEVEL_ID = re.compile(r"[0-9a-fA-F]{6}")
_DEFAULT = "42000a"  # what no profile-level-id means
_BASELINE, _MAIN, _HIGH = 0x42, 0x4D, 0x64
_CONSTRAINED = 0x40  # constraint_set1_flag: also decodable by a main profile decoder
_RESERVED = 0x03
_LEVELS = frozenset({9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62})


def profile_level_id(parameters: Mapping[str, str]) -> str:
    """The profile-level-id as offered."""
    return parameters.get("profile-level-id", _DEFAULT)


def is_accepted(parameters: Mapping[str, str]) -> bool:
    """Whether browsers and players decode it: baseline, main or high, any level, packetization-mode 1."""
    text = profile_level_id(parameters)
    if parameters.get("packetization-mode") != "1" or not _PROFILE_LEVEL_ID.fullmatch(text):
        return False
    profile, constraints, level = bytes.fromhex(text)
    return profile in (_BASELINE, _MAIN, _HIGH) and not constraints & _RESERVED and level in _LEVELS


def is_constrained_baseline(parameters: Mapping[str, str]) -> bool:
    """The profile that every browser must decode (RFC 7742 section 5)."""
    profile, constraints, _level = bytes.fromhex(profile_level_id(parameters))
    return profile == _BASELINE and bool(constraints & _CONSTRAINED)


def answer_parameters(parameters: Mapping[str, str]) -> str:
    """The a=fmtp value that takes this format as it was offered; parameter sets are the sender's own affair."""
    asymmetry = "level-asymmetry-allowed=1;" if parameters.get("level-asymmetry-allowed") == "1" else ""
    return f"{asymmetry}packetization-mode=1;profile-level-id={profile_level_id(parameters)}"
