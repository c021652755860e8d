"""DTLS-SRTP of one link over memory buffers (RFC 5763, RFC 5764): handshake, identity, keys, close."""

from collections import Counter
from collections.abc import Sequence

from OpenSSL import SSL
from OpenSSL.SSL import _lib as openssl  # type: ignore[attr-defined]
from pylibsrtp import Policy

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.dtls_context import DtlsContext, Identity
from dispatch_server.media.link.records import admit, pack_datagrams
from dispatch_server.media.link.srtp import Srtp
from dispatch_server.media.link.states import Failure, LinkLimits
from dispatch_server.media.packets.guard import guarded

# OpenSSL's name → (libsrtp's number, key bytes, salt bytes), RFC 5764 4.1.2 and RFC 7714 14.2.
_PROFILES = {
    b"SRTP_AEAD_AES_128_GCM": (Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 16, 12),
    b"SRTP_AES128_CM_SHA1_80": (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 16, 14),
}
_EXPORT_LABEL = b"EXTRACTOR-dtls_srtp"
_READ_BYTES = 65536
_READS_PER_DATAGRAM = 32
_HANDSHAKE_TYPES = (20, 22)  # change cipher spec, handshake
# The end that spoke last cannot know that it was heard: it says it so often again, and whenever it is asked.
_LAST_FLIGHT_REPEATS = 3
_LAST_FLIGHT_PAUSE_S = 0.05


class Dtls:
    """
    Feed it datagrams from validated addresses and send what lies in `output`.

    OpenSSL resends by a fixed timer of one second and more, on a clock of its own. We do not wait for it: the same
    datagrams of our last flight go out again after 150 ms, then 1.5 times as long, until something new comes. The
    record numbers are the same, so the other end's replay window drops what it has already read. When OpenSSL's
    timer has run out meanwhile, its own copy goes out instead: new record numbers help an end that had read a
    ChangeCipherSpec too early and thrown it away.
    """

    __slots__ = (
        "_client",
        "_connection",
        "_datagrams_in",
        "_drops",
        "_expires",
        "_flight",
        "_identity",
        "_limits",
        "_repeats_left",
        "_resend_at",
        "_resend_pause",
        "_sent_at",
        "closed_by_remote",
        "failure",
        "output",
        "srtp",
    )

    def __init__(
        self,
        *,
        context: DtlsContext,
        client: bool,
        fingerprints: Sequence[Fingerprint],
        limits: LinkLimits,
        drops: Counter[str],
    ) -> None:
        self.output: list[bytes] = []
        self.srtp: Srtp | None = None
        self.failure: Failure | None = None
        self.closed_by_remote = False
        self._client = client
        self._limits = limits
        self._drops = drops
        self._identity = Identity(tuple(fingerprints))
        self._connection: SSL.Connection | None = context.open(client, self._identity, limits.datagram_bytes)
        self._flight: list[bytes] = []
        self._datagrams_in = 0
        self._expires: float | None = None
        self._resend_at: float | None = None
        self._resend_pause = limits.first_retry_s
        self._repeats_left = 0
        self._sent_at = 0.0

    def start(self, now: float) -> None:
        """The path is there: a client says hello, both count the time."""
        if self._expires is None:
            self._expires = now + self._limits.handshake_s
            if self._client:
                self._advance(now)

    def feed(self, datagram: bytes, now: float) -> None:
        """Take one datagram; whatever is wrong with it ends in a counter or fails this link alone."""
        connection = self._connection
        if connection is None:
            self._drops["dtls_after_end"] += 1
            return
        if not admit(datagram, self._limits.handshake_bytes):
            self._drops["dtls_malformed"] += 1
            return
        handshaking = self.srtp is None
        self._datagrams_in += 1
        if handshaking and self._datagrams_in > self._limits.handshake_datagrams:
            self._drops["dtls_flood"] += 1
            return
        guarded(connection.bio_write, datagram)
        if handshaking:
            self._advance(now)
        if self.srtp is not None:
            self._read(connection, now, repeated=not handshaking and datagram[0] in _HANDSHAKE_TYPES)

    def tick(self, now: float) -> None:
        """Resend the last flight, or give up."""
        if self.srtp is None and self._expires is not None and now >= self._expires:
            self._fail(Failure.HANDSHAKE_TIMEOUT)
        elif self._resend_at is not None and now >= self._resend_at:
            self._renumber_flight()
            self._repeat_flight(now)
            self._resend_pause = min(self._resend_pause * self._limits.retry_factor, self._limits.longest_retry_s)
            self._resend_at = now + self._resend_pause
            if self.srtp is not None:
                self._repeats_left -= 1
                if self._repeats_left <= 0:
                    self._resend_at = None

    def deadline(self) -> float | None:
        """When `tick` has something to do."""
        if self._connection is None:
            return None
        if self.srtp is not None or self._expires is None:
            return self._resend_at
        return self._expires if self._resend_at is None else min(self._expires, self._resend_at)

    def close(self) -> None:
        """Say goodbye (close_notify), once."""
        if self._connection is not None and self.failure is None:
            self._say_goodbye(self._connection)
        self._end()

    def _advance(self, now: float) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            done = guarded(_shake_hands, connection)
        except MalformedPacket:
            self._collect(connection, now)  # the alert that OpenSSL has written
            self._fail(Failure.FINGERPRINT if self._identity.is_wrong else Failure.HANDSHAKE)
            return
        self._collect(connection, now)
        if done:
            self._finish(connection)

    def _finish(self, connection: SSL.Connection) -> None:
        """Verify who it is, then export the keys, in this order (RFC 5763 5, RFC 5764 4.2)."""
        if not self._identity.is_right:
            self._fail(Failure.FINGERPRINT)
            return
        profile = _PROFILES.get(connection.get_selected_srtp_profile())
        if profile is None:
            self._say_goodbye(connection)
            self._fail(Failure.PROFILE)
            return
        number, key, salt = profile
        material = connection.export_keying_material(_EXPORT_LABEL, 2 * (key + salt))
        # Client key, server key, client salt, server salt.
        client_key = material[:key] + material[2 * key : 2 * key + salt]
        server_key = material[key : 2 * key] + material[2 * key + salt :]
        receive, send = (server_key, client_key) if self._client else (client_key, server_key)
        self.srtp = Srtp(number, receive, send)
        # In a full handshake of DTLS 1.2 the server speaks last.
        self._repeats_left = 0 if self._client else _LAST_FLIGHT_REPEATS
        if self._client:
            self._resend_at = None
            self._flight = []

    def _read(self, connection: SSL.Connection, now: float, repeated: bool) -> None:
        """After the handshake: alerts, goodbyes, and the other end's handshake once more."""
        for _ in range(_READS_PER_DATAGRAM):
            try:
                data = guarded(_receive, connection)
            except MalformedPacket:
                self._drops["dtls_broken_record"] += 1
                break
            if data is None:
                break
            self._drops["dtls_application_data"] += 1  # no data channels
        written = self._collect(connection, now)
        if connection.get_shutdown() & SSL.RECEIVED_SHUTDOWN:
            self.closed_by_remote = True
            self._say_goodbye(connection)
            self._end()
        elif repeated and not written and now - self._sent_at >= _LAST_FLIGHT_PAUSE_S:
            self._repeat_flight(now)  # it has not heard our last words

    def _collect(self, connection: SSL.Connection, now: float) -> bool:
        """Move what OpenSSL wrote to the output; it becomes the flight to repeat."""
        datagrams = pack_datagrams(_written_by(connection), self._limits.datagram_bytes)
        if not datagrams:
            return False
        self.output += datagrams
        if self.srtp is None:
            self._flight = datagrams
            self._resend_pause = self._limits.first_retry_s
            self._resend_at = now + self._resend_pause
        self._sent_at = now
        return True

    def _renumber_flight(self) -> None:
        """Take OpenSSL's own repetition of the flight, when its clock says so."""
        connection = self._connection
        if connection is None or self.srtp is not None:
            return
        try:
            guarded(connection.DTLSv1_handle_timeout)
        except MalformedPacket:
            return  # it would give up after twelve times; we do by the clock
        self._flight = pack_datagrams(_written_by(connection), self._limits.datagram_bytes) or self._flight

    def _repeat_flight(self, now: float) -> None:
        self.output += self._flight
        self._sent_at = now

    def _say_goodbye(self, connection: SSL.Connection) -> None:
        try:
            guarded(_shut_down, connection)
        except MalformedPacket:
            return  # in mid-handshake there is nobody to say it to
        self.output += pack_datagrams(_written_by(connection), self._limits.datagram_bytes)

    def _fail(self, reason: Failure) -> None:
        self.failure = reason
        self._end()

    def _end(self) -> None:
        self._connection = None  # most of a link's memory
        self._flight = []
        self._resend_at = None


def _shake_hands(connection: SSL.Connection) -> bool:
    # OpenSSL's error queue belongs to the thread: what another link left there must not end this one.
    openssl.ERR_clear_error()
    try:
        connection.do_handshake()
    except SSL.WantReadError:
        return False
    return True


def _receive(connection: SSL.Connection) -> bytes | None:
    openssl.ERR_clear_error()
    try:
        return connection.recv(_READ_BYTES)
    except (SSL.WantReadError, SSL.ZeroReturnError):
        return None


def _shut_down(connection: SSL.Connection) -> None:
    openssl.ERR_clear_error()
    connection.shutdown()


def _written_by(connection: SSL.Connection) -> bytes:
    openssl.ERR_clear_error()
    written = b""
    try:
        while True:
            written += connection.bio_read(_READ_BYTES)
    except SSL.WantReadError:
        return written
