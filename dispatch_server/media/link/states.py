"""The life of a link as a table, and what a link tells its owner."""

from dataclasses import dataclass
from enum import StrEnum

from dispatch_server.kit.states import StateTable
from dispatch_server.media.link.outbox import Address


class LinkState(StrEnum):
    NEW = "new"  # no address has passed a check
    CHECKED = "checked"  # DTLS may run
    CONNECTED = "connected"  # media flows
    SUSPENDED = "suspended"  # consent has expired: nothing is sent, all is kept (RFC 7675)
    FAILED = "failed"
    CLOSED = "closed"


class Step(StrEnum):
    CHECK = "check"  # a first address passed
    SECURE = "secure"  # fingerprint verified, keys exported
    LOSE_CONSENT = "lose consent"
    REGAIN_CONSENT = "regain consent"
    FAIL = "fail"
    CLOSE = "close"  # ours or theirs


LINK_LIFE: StateTable[LinkState, Step] = StateTable(
    first=LinkState.NEW,
    moves={
        (LinkState.NEW, Step.CHECK): LinkState.CHECKED,
        (LinkState.NEW, Step.FAIL): LinkState.FAILED,
        (LinkState.NEW, Step.CLOSE): LinkState.CLOSED,
        (LinkState.CHECKED, Step.SECURE): LinkState.CONNECTED,
        (LinkState.CHECKED, Step.FAIL): LinkState.FAILED,
        (LinkState.CHECKED, Step.CLOSE): LinkState.CLOSED,
        (LinkState.CONNECTED, Step.LOSE_CONSENT): LinkState.SUSPENDED,
        (LinkState.CONNECTED, Step.CLOSE): LinkState.CLOSED,
        (LinkState.SUSPENDED, Step.REGAIN_CONSENT): LinkState.CONNECTED,
        (LinkState.SUSPENDED, Step.FAIL): LinkState.FAILED,
        (LinkState.SUSPENDED, Step.CLOSE): LinkState.CLOSED,
    },
    final=frozenset({LinkState.FAILED, LinkState.CLOSED}),
)


class Failure(StrEnum):
    """Why a link failed: stable codes for programs."""

    NO_CHECK = "no_check"  # no address passed a check in time
    CONSENT = "consent"  # suspended for too long
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    HANDSHAKE = "handshake"  # a bad hello, a fatal alert, nothing in common
    FINGERPRINT = "fingerprint"  # the certificate is not the one that the description promised
    PROFILE = "profile"  # no SRTP profile in common


@dataclass(frozen=True, slots=True)
class LinkConnected:
    """Keys are there and an address is chosen."""

    destination: Address


@dataclass(frozen=True, slots=True)
class LinkSuspended:
    """The other end has been silent for too long; nothing more is sent until it comes back."""


@dataclass(frozen=True, slots=True)
class LinkResumed:
    """The other end came back, perhaps from elsewhere."""

    destination: Address


@dataclass(frozen=True, slots=True)
class LinkMoved:
    """The other end changed its address while media flowed."""

    before: Address
    destination: Address


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """This link will never carry media again."""

    reason: Failure


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """One end decided to end it."""

    by_remote: bool


LinkEvent = LinkConnected | LinkSuspended | LinkResumed | LinkMoved | LinkFailed | LinkClosed


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """The bounds of one link."""

    validated_addresses: int = 8  # mediasoup's figure; the least recently heard is forgotten first
    first_check_s: float = 30.0  # a link that nobody ever checks fails
    consent_s: float = 30.0  # RFC 7675 5.1
    consent_interval_s: float = 5.0  # ± 20 %, drawn anew each time
    suspended_s: float = 600.0  # the publisher may come back for so long
    quiet_move_s: float = 3.0  # a check from elsewhere moves the link when the old address was silent so long
    quiet_probe_s: float = 1.0  # a client asks at once when media that flowed has stopped so long
    first_retry_s: float = 0.15  # checks and DTLS flights: × 1.5 each time
    retry_factor: float = 1.5
    longest_retry_s: float = 2.0
    handshake_s: float = 10.0
    handshake_datagrams: int = 512  # inbound, whole handshake: an honest one needs about ten
    handshake_bytes: int = 16 * 1024  # longest handshake message that the other end may announce
    datagram_bytes: int = 1200  # longest DTLS datagram that we send
    remote_candidates: int = 32
    events: int = 64
