"""DTLS of one link: keys after identity, and failures that stay its own."""

import pytest

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.states import Failure
from tests.sim.pair import SERVER_CONTEXT
from tests.unit.media.link.dtls_ends import Ends, take

STRANGER = Fingerprint("sha-256", ":".join(["AB"] * 32))
FATAL_ALERT = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28"


def test_both_ends_get_keys_in_four_flights() -> None:
    ends = Ends()
    ends.start()
    flights = 0
    while ends.client.output or ends.server.output:
        sender, receiver = (ends.client, ends.server) if ends.client.output else (ends.server, ends.client)
        flights += 1
        for datagram in take(sender):
            assert len(datagram) <= 1200
            receiver.feed(datagram, 0.0)
    assert flights == 4
    assert ends.client.srtp is not None and ends.server.srtp is not None
    assert not ends.drops


@pytest.mark.parametrize("wrong", [[STRANGER], [SERVER_CONTEXT.certificate.fingerprint, STRANGER]])
def test_a_server_that_is_somebody_else_gets_no_keys(wrong: list[Fingerprint]) -> None:
    ends = Ends(of_server=wrong)
    ends.start()
    ends.pass_on()
    assert ends.client.failure is Failure.FINGERPRINT and ends.client.srtp is None
    assert ends.server.failure is Failure.HANDSHAKE and ends.server.srtp is None  # it was told by an alert


def test_a_client_that_is_somebody_else_gets_no_keys() -> None:
    ends = Ends(of_client=[STRANGER])
    ends.start()
    ends.pass_on()
    assert ends.server.failure is Failure.FINGERPRINT and ends.server.srtp is None
    assert ends.client.failure is Failure.HANDSHAKE and ends.client.srtp is None


def test_a_fatal_alert_in_the_handshake_fails_this_link_alone() -> None:
    victim, other = Ends(), Ends()
    victim.start()
    other.start()
    victim.server.feed(FATAL_ALERT, 0.0)
    assert victim.server.failure is Failure.HANDSHAKE
    other.pass_on()
    assert other.server.srtp is not None and other.server.failure is None
    victim.server.feed(FATAL_ALERT, 0.0)
    assert victim.drops["dtls_after_end"] == 1


def test_a_broken_hello_fails_this_link_alone_even_in_mid_handshake_of_another() -> None:
    victim, other = Ends(), Ends()
    victim.start()
    other.start()
    other.server.feed(take(other.client)[0], 0.0)
    (hello,) = take(victim.client)
    null_cipher = bytearray(hello)
    suites = null_cipher.index(b"\xc0\x2b")  # ECDHE-ECDSA-AES128-GCM-SHA256
    count = int.from_bytes(null_cipher[suites - 2 : suites], "big")
    null_cipher[suites : suites + count] = b"\x00\x01" * (count // 2)  # RSA with NULL and MD5
    victim.server.feed(bytes(null_cipher), 0.0)
    assert victim.server.failure is Failure.HANDSHAKE and victim.server.output
    other.pass_on()
    assert other.client.srtp is not None and other.server.srtp is not None


def test_dtls_1_0_is_refused() -> None:
    ends = Ends()
    ends.start()
    (hello,) = take(ends.client)
    old = bytearray(hello)
    assert old[25:27] == b"\xfe\xfd"  # client_version within the hello
    old[25:27] = b"\xfe\xff"
    ends.server.feed(bytes(old), 0.0)
    assert ends.server.failure is Failure.HANDSHAKE


def test_after_the_handshake_alerts_in_clear_and_hellos_change_nothing() -> None:
    ends = Ends()
    ends.start()
    (hello,) = ends.client.output
    ends.pass_on()
    before = ends.server.srtp
    for datagram in (FATAL_ALERT, hello, b"\x16\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x04abcd"):
        ends.server.feed(datagram, 20.0)
        ends.client.feed(datagram, 20.0)
    assert ends.server.srtp is before is not None
    assert not ends.server.closed_by_remote and ends.server.failure is None
    assert not ends.client.closed_by_remote and ends.client.failure is None


def test_goodbye_is_heard_by_the_other_end_and_answered() -> None:
    ends = Ends()
    ends.connect()
    ends.client.close()
    (goodbye,) = take(ends.client)
    ends.server.feed(goodbye, 1.0)
    assert ends.server.closed_by_remote
    assert len(take(ends.server)) == 1
    ends.server.feed(goodbye, 1.0)
    assert ends.drops == {"dtls_after_end": 1}


def test_closing_in_mid_handshake_is_silent_and_twice_is_once() -> None:
    ends = Ends()
    ends.start()
    take(ends.client)
    ends.client.close()
    ends.client.close()
    ends.client.tick(0.2)
    assert not ends.client.output and ends.client.deadline() is None


def test_malformed_datagrams_are_counted_and_harmless() -> None:
    ends = Ends()
    ends.start()
    for junk in (b"\x16", b"\x16\xfe\xfd" + bytes(30), b"\x17\x03\x03\x00\x01a"):
        ends.server.feed(junk, 0.0)
    assert ends.drops == {"dtls_malformed": 3}
    ends.pass_on()
    assert ends.server.srtp is not None


def test_a_handshake_that_floods_is_not_read_further() -> None:
    ends = Ends()
    ends.start()
    for _ in range(600):
        ends.server.feed(ends.client.output[0], 0.0)
    assert ends.drops["dtls_flood"] == 600 - 512
    ends.server.tick(10.0)
    assert ends.server.failure is Failure.HANDSHAKE_TIMEOUT


def test_application_data_is_counted_and_dropped() -> None:
    ends = Ends()
    ends.connect()
    connection = ends.client._connection
    assert connection is not None
    connection.send(b"a data channel would speak here")
    ends.server.feed(connection.bio_read(2000), 1.0)
    assert ends.drops == {"dtls_application_data": 1}
    assert not ends.server.closed_by_remote
