"""Trickle fragments (RFC 8840) that WHIP's PATCH carries: new candidates, or an ICE restart (RFC 9725 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.media.abilities import Candidate, IceCredentials, LocalTransport
from dispatch_server.media.sdp.candidates import read_candidates
from dispatch_server.media.sdp.limits import DEFAULT_LIMITS, OfferLimits, checked_lines
from dispatch_server.media.sdp.read import read_credentials
from dispatch_server.media.sdp.refusals import OfferMalformed
from dispatch_server.media.sdp.write import (
    ICE_OPTIONS,
    candidate_lines,
    credential_lines,
    session_transport_lines,
)


@dataclass(frozen=True, slots=True)
class Fragment:
    credentials: IceCredentials | None
    candidates: tuple[Candidate, ...]
    end_of_candidates: bool
    ignored_candidates: int = 0


def read_fragment(text: str, limits: OfferLimits = DEFAULT_LIMITS) -> Fragment:
    """The fragment, or OfferMalformed. Of several sections the first one's credentials count (BUNDLE)."""
    lines = checked_lines(text, limits)
    if sum(line.startswith("m=") for line in lines) > limits.sections:
        raise OfferMalformed(f"The fragment has more than {limits.sections} sections.")
    values: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("a="):
            name, _colon, value = line[2:].partition(":")
            values.setdefault(name, []).append(value.strip())
    credentials = read_credentials(
        next(iter(values.get("ice-ufrag", ())), None), next(iter(values.get("ice-pwd", ())), None)
    )
    candidates, ignored = read_candidates(values.get("candidate", ()), limits.candidates)
    ends = "end-of-candidates" in values
    if credentials is None and not ends and "candidate" not in values:
        raise OfferMalformed("The fragment has neither credentials nor candidates.")
    return Fragment(credentials, candidates, ends, ignored)


def write_restart_fragment(local: LocalTransport, mids: Sequence[str] = ("0",)) -> str:
    """Our new credentials and all candidates, for the restart of a session with these sections."""
    lines = [
        *session_transport_lines(local, ICE_OPTIONS),
        f"a=group:BUNDLE {' '.join(mids)}",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",  # a stand-in for any section (RFC 8840 section 4.4)
        f"a=mid:{mids[0]}",
        *credential_lines(local),
        *candidate_lines(local.candidates),
    ]
    return "\r\n".join(lines) + "\r\n"
