"""One context serves all links of a node, and what foreign ends may and may not bring along."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.certificate import fingerprint_of
from dispatch_server.media.link.dtls import Dtls
from dispatch_server.media.link.dtls_context import DtlsContext, Identity
from dispatch_server.media.link.records import pack_datagrams
from dispatch_server.media.link.states import Failure, LinkLimits
from tests.sim.pair import CLIENT_CONTEXT, SERVER_CONTEXT

BOTH_PROFILES = b"SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_128_GCM"


class Foreign:
    """An OpenSSL end as somebody else might set it up."""

    def __init__(
        self,
        *,
        client: bool = True,
        profiles: bytes = BOTH_PROFILES,
        suites: bytes = b"DEFAULT@SECLEVEL=0",
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        shows_certificate: bool = True,
        chain: tuple[x509.Certificate, ...] = (),
    ) -> None:
        key = key or ec.generate_private_key(ec.SECP384R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "foreign")])
        begin = datetime(2026, 1, 1, tzinfo=UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=1))
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = fingerprint_of(certificate.public_bytes(serialization.Encoding.DER))
        context = SSL.Context(SSL.DTLS_METHOD)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        context.set_cipher_list(suites)
        if shows_certificate:
            context.use_certificate(certificate)
            context.use_privatekey(key)
        for link in chain:
            context.add_extra_chain_cert(link)
        if profiles:
            context.set_tlsext_use_srtp(profiles)
        self.connection = SSL.Connection(context)
        if client:
            self.connection.set_connect_state()
        else:
            self.connection.set_accept_state()
        self.done = False

    def step(self, datagrams: list[bytes]) -> list[bytes]:
        for datagram in datagrams:
            self.connection.bio_write(datagram)
        try:
            self.connection.do_handshake()
            self.done = True
        except SSL.Error:
            self.done = False
        try:
            return pack_datagrams(self.connection.bio_read(65536), 1200)
        except SSL.WantReadError:
            return []


def meet(foreign: Foreign, told: Fingerprint | None = None, client: bool = False) -> Dtls:
    """Our end after everything that the two have to say to each other."""
    ours = Dtls(
        context=SERVER_CONTEXT,
        client=client,
        fingerprints=[told or foreign.fingerprint],
        limits=LinkLimits(),
        drops=Counter(),
    )
    ours.start(0.0)
    for _ in range(6):
        for datagram in foreign.step(ours.output[:]):
            ours.output.clear()
            ours.feed(datagram, 0.0)
    return ours


def test_the_best_common_profile_is_taken_in_our_order() -> None:
    foreign = Foreign()
    assert meet(foreign).srtp is not None
    assert foreign.connection.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"


def test_the_older_profile_serves_an_older_client() -> None:
    foreign = Foreign(profiles=b"SRTP_AES128_CM_SHA1_80")
    assert meet(foreign).srtp is not None
    assert foreign.connection.get_selected_srtp_profile() == b"SRTP_AES128_CM_SHA1_80"


@pytest.mark.parametrize("profiles", [b"", b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_32"])
def test_without_a_common_profile_there_are_no_keys(profiles: bytes) -> None:
    ours = meet(Foreign(profiles=profiles))
    assert ours.failure is Failure.PROFILE and ours.srtp is None


def test_a_client_without_a_certificate_gets_no_keys() -> None:
    ours = meet(Foreign(shows_certificate=False), told=CLIENT_CONTEXT.certificate.fingerprint)
    assert ours.failure is Failure.HANDSHAKE and ours.srtp is None


@pytest.mark.parametrize(
    "suites",
    [b"ECDHE-ECDSA-AES128-SHA@SECLEVEL=0", b"ECDHE-ECDSA-NULL-SHA@SECLEVEL=0", b"AECDH-NULL-SHA@SECLEVEL=0"],
)
def test_suites_without_aead_or_forward_secrecy_are_refused(suites: bytes) -> None:
    ours = meet(Foreign(suites=suites))
    assert ours.failure is Failure.HANDSHAKE and ours.srtp is None


def test_a_foreign_server_with_an_rsa_certificate_is_reached() -> None:
    foreign = Foreign(client=False, key=rsa.generate_private_key(65537, 2048))
    assert meet(foreign, client=True).srtp is not None


def test_only_the_leaf_of_a_chain_counts() -> None:
    """Whoever shows a certificate of its own may not lean on somebody else's behind it."""
    known = CLIENT_CONTEXT.certificate
    honest, thief = Foreign(chain=(known.certificate,)), Foreign(chain=(known.certificate,))
    assert meet(honest).srtp is not None
    ours = meet(thief, told=known.fingerprint)
    assert ours.failure is Failure.FINGERPRINT and ours.srtp is None


def test_one_context_tells_its_links_apart() -> None:
    right, wrong = Foreign(), Foreign()
    assert meet(right).srtp is not None
    assert meet(wrong, told=right.fingerprint).failure is Failure.FINGERPRINT
    assert meet(Foreign(), told=right.fingerprint).srtp is None
    assert meet(Foreign()).srtp is not None


def test_an_identity_once_wrong_stays_wrong() -> None:
    der = CLIENT_CONTEXT.certificate.certificate.public_bytes(serialization.Encoding.DER)
    identity = Identity((CLIENT_CONTEXT.certificate.fingerprint,))
    assert not identity.is_right and not identity.is_wrong
    assert identity.judge(der) and identity.is_right
    assert not identity.judge(b"another") and identity.is_wrong
    assert not identity.judge(der) and identity.is_wrong and not identity.is_right


def test_the_context_knows_its_certificate() -> None:
    assert DtlsContext(SERVER_CONTEXT.certificate).certificate is SERVER_CONTEXT.certificate
