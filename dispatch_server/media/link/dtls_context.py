"""What all DTLS links of a node share: one certificate, one OpenSSL context; each link verifies on its own."""

from OpenSSL import SSL, crypto

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.certificate import NodeCertificate, matches, require_usable

# DTLS 1.2 and no other: 1.0 is withdrawn (RFC 8996); the last flight is repeated by rules that 1.3 changes.
_DTLS_1_2 = 0xFEFD
_RELEASE_BUFFERS = 0x10  # SSL_MODE_RELEASE_BUFFERS: 45 kB a connected link instead of 58
_SRTP_PROFILES = b"SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"
# AEAD suites with forward secrecy. The RSA ones only ever apply when we are the client of a foreign server.
_SUITES = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305"
)


class Identity:
    """
    Who the other end must be, and whether it has shown that it is.

    Raises UnusableFingerprints when none of the fingerprints can be checked.
    """

    __slots__ = ("_fingerprints", "_verdict")

    def __init__(self, fingerprints: tuple[Fingerprint, ...]) -> None:
        require_usable(fingerprints)
        self._fingerprints = fingerprints
        self._verdict: bool | None = None

    @property
    def is_right(self) -> bool:
        return self._verdict is True

    @property
    def is_wrong(self) -> bool:
        return self._verdict is False

    def judge(self, der: bytes) -> bool:
        """Compare the certificate that was shown; once wrong, for ever wrong."""
        self._verdict = self._verdict is not False and matches(der, self._fingerprints)
        return self._verdict


class DtlsContext:
    """Make it once a node: 0.4 ms each, where a link's share is 0.1 ms."""

    __slots__ = ("_context", "certificate")

    def __init__(self, certificate: NodeCertificate) -> None:
        self.certificate = certificate
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_min_proto_version(_DTLS_1_2)
        context.set_max_proto_version(_DTLS_1_2)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION | SSL.OP_NO_COMPRESSION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        # Both ends must show a certificate (RFC 8827 6.5).
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verify)
        context.use_certificate(certificate.certificate)
        context.use_privatekey(certificate.key)
        context.set_mode(_RELEASE_BUFFERS)
        context.set_cipher_list(_SUITES)
        context.set_tlsext_use_srtp(_SRTP_PROFILES)
        self._context = context

    def open(self, client: bool, identity: Identity, datagram_bytes: int) -> SSL.Connection:
        """A connection that accepts only `identity`."""
        connection = SSL.Connection(self._context)
        connection.set_app_data(identity)
        connection.set_ciphertext_mtu(datagram_bytes)
        if client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection


def _verify(connection: SSL.Connection, shown: crypto.X509, error: int, depth: int, good: int) -> bool:
    """
    Called by OpenSSL within the handshake, so a stranger is refused with an alert before any key exists.

    Chains mean nothing here: the fingerprint of the leaf, which came over authenticated signalling, is all.
    """
    if depth:
        return True
    identity = connection.get_app_data()
    return isinstance(identity, Identity) and identity.judge(crypto.dump_certificate(crypto.FILETYPE_ASN1, shown))
