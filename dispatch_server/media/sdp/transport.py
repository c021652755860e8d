"""The one transport of a session: BUNDLE, rtcp-mux, ICE credentials, fingerprints and DTLS roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.media.abilities import Fingerprint, IceCredentials
from dispatch_server.media.sdp.read import Description, Section
from dispatch_server.media.sdp.refusals import OfferMalformed, OfferRefused


@dataclass(frozen=True, slots=True)
class RemoteTransport:
    credentials: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    setup: str  # actpass | active | passive
    section: Section  # the one whose transport lines count

    @property
    def our_setup(self) -> str:
        """Our DTLS role: we wait, unless the other end only waits itself (RFC 8842 section 5.3)."""
        return "active" if self.setup == "passive" else "passive"


def read_transport(offer: Description, taken: Sequence[Section]) -> RemoteTransport:
    """The transport that the taken sections share, or why they cannot share one."""
    if len(taken) > 1 and not {section.mid for section in taken} <= set(offer.bundle):
        raise OfferRefused(
            "bundle_required",
            "All sections must share one transport: name their mids in one a=group:BUNDLE line (max-bundle).",
        )
    for section in taken:
        if not section.has("rtcp-mux") and not section.has("rtcp-mux-only"):
            raise OfferRefused("rtcp_mux_required", "Each section must say a=rtcp-mux: RTCP has no port of its own.")
    section = _tagged(offer, taken)
    if section.credentials is None:
        raise OfferMalformed("a=ice-ufrag and a=ice-pwd are missing: media only comes over ICE.")
    if section.setup is None:
        raise OfferMalformed("a=setup is missing: say actpass, active or passive (RFC 8842 section 5.1).")
    if not section.fingerprints:
        raise OfferMalformed(
            "No fingerprint of a safe hash: send a=fingerprint with sha-256, sha-384 or sha-512.",
            "fingerprint_missing",
        )
    return RemoteTransport(section.credentials, section.fingerprints, section.setup, section)


def refuse_lite(offer: Description) -> None:
    """Two lite ends would wait for each other's checks."""
    if offer.ice_lite:
        raise OfferRefused("ice_lite_offer", "The offer says a=ice-lite, but so are we: offer with full ICE.")


def count_candidates_above(offer: Description, most: int) -> int:
    """How many candidate lines stand above the limit; a lite end uses none of them."""
    found = sum(len(level.get("candidate", ())) for level in (offer.raw, *(s.raw for s in offer.sections)))
    return max(0, found - most)


def _tagged(offer: Description, taken: Sequence[Section]) -> Section:
    """The first section of the BUNDLE group carries the transport, even when we take only others (RFC 9143)."""
    for mid in offer.bundle:
        for section in offer.sections:
            if section.mid == mid and section.credentials and section.setup:
                return section
    return next((s for s in taken if s.credentials and s.setup), taken[0])
