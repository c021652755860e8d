"""Reads candidate lines: the addresses at which a server can be reached (RFC 8839 section 5.1, RFC 6544)."""

import re
from collections.abc import Iterable

from aiortc.sdp import candidate_from_sdp

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Candidate
from dispatch_server.media.packets.guard import guarded

_HOST = re.compile(r"[0-9A-Za-z.:_\-]{1,255}")
_PORTS = range(1, 65_536)
_PRIORITIES = range(1 << 32)


def read_candidates(values: Iterable[str], most: int) -> tuple[tuple[Candidate, ...], int]:
    """At most `most` usable ones, each once, and how many others were passed over."""
    found: dict[Candidate, None] = {}
    ignored = 0
    for value in dict.fromkeys(values):
        candidate = _read(value) if len(found) < most else None
        if candidate is None:
            ignored += 1
        else:
            found[candidate] = None
    return tuple(found), ignored


def _read(value: str) -> Candidate | None:
    try:
        read = guarded(candidate_from_sdp, value)
    except MalformedPacket:
        return None
    transport = read.protocol.lower()
    is_reachable = transport == "udp" or (transport == "tcp" and read.tcpType == "passive")
    if not is_reachable or read.component != 1 or not _HOST.fullmatch(read.ip):
        return None
    if read.port not in _PORTS or read.priority not in _PRIORITIES:
        return None
    return Candidate(read.ip, read.port, transport, read.priority)
