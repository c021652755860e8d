"""DTLS of one link: keys after identity, resending without new records, and failures that stay its own."""

from collections import Counter
from collections.abc import Sequence

import pytest

from dispatch_server.media.abilities import Fingerprint
from dispatch_server.media.link.dtls import Dtls
from dispatch_server.media.link.dtls_context import DtlsContext
from dispatch_server.media.link.states import Failure, LinkLimits
from tests.sim.pair import CLIENT_CONTEXT, SERVER_CONTEXT
from tests.waiting import until

STRANGER = Fingerprint("sha-256", ":".join(["AB"] * 32))
FATAL_ALERT = b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28"


class Ends:
    """A DTLS client and server; what each was told of the other may be wrong."""

    def __init__(
        self,
        of_server: Sequence[Fingerprint] = (SERVER_CONTEXT.certificate.fingerprint,),
        of_client: Sequence[Fingerprint] = (CLIENT_CONTEXT.certificate.fingerprint,),
        limits: LinkLimits | None = None,
    ) -> None:
        self.drops: Counter[str] = Counter()
        self.limits = limits or LinkLimits()
        self.client = self._make(CLIENT_CONTEXT, True, of_server)
        self.server = self._make(SERVER_CONTEXT, False, of_client)

    def _make(self, context: DtlsContext, client: bool, told: Sequence[Fingerprint]) -> Dtls:
        return Dtls(context=context, client=client, fingerprints=told, limits=self.limits, drops=self.drops)

    def start(self) -> None:
        self.server.start(0.0)
        self.client.start(0.0)

    def pass_on(self, now: float = 0.0) -> None:
        """Carry everything over until both are silent."""
        while self.client.output or self.server.output:
            for sender, receiver in ((self.client, self.server), (self.server, self.client)):
                for datagram in take(sender):
                    receiver.feed(datagram, now)

    def connect(self) -> None:
        self.start()
        self.pass_on()
        assert self.client.srtp is not None and self.server.srtp is not None


def take(end: Dtls) -> list[bytes]:
    datagrams = end.output[:]
    end.output.clear()
    return datagrams


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


def test_a_flight_without_an_answer_goes_out_again_unchanged() -> None:
    client = Ends().client
    client.start(0.0)
    hello = take(client)
    moments = []
    while (due := client.deadline()) is not None and due < 10.0:
        client.tick(due)
        assert take(client) == hello
        moments.append(round(due, 3))
    assert moments[:4] == pytest.approx([0.15, 0.375, 0.7125, 1.21875], abs=0.001)
    client.tick(10.0)
    assert client.failure is Failure.HANDSHAKE_TIMEOUT
    assert client.deadline() is None and not client.output


def test_a_server_that_never_hears_a_hello_gives_up_too() -> None:
    server = Ends().server
    assert server.deadline() is None
    server.start(5.0)
    assert server.deadline() == 15.0
    server.tick(15.0)
    assert server.failure is Failure.HANDSHAKE_TIMEOUT


def test_flights_heard_twice_change_nothing() -> None:
    ends = Ends()
    ends.start()
    for _ in range(6):
        for sender, receiver in ((ends.client, ends.server), (ends.server, ends.client)):
            for datagram in take(sender):
                receiver.feed(datagram, 0.0)
                receiver.feed(datagram, 0.0)
    assert ends.client.srtp is not None and ends.server.srtp is not None


def lose_last_words(ends: Ends) -> list[bytes]:
    """Go on until the server has its keys; its last flight gets lost. The client's, which the server has heard."""
    ends.start()
    ends.server.feed(take(ends.client)[0], 0.0)
    ends.client.feed(take(ends.server)[0], 0.0)
    flight = take(ends.client)
    for datagram in flight:
        ends.server.feed(datagram, 0.0)
    assert ends.server.srtp is not None and take(ends.server)
    return flight


def test_the_last_words_are_said_again_to_a_client_that_asks_again() -> None:
    ends = Ends()
    flight = lose_last_words(ends)
    ends.server.feed(flight[0], 0.01)
    assert not take(ends.server)  # too soon: it may be on its way
    ends.client.tick(0.15)
    ends.server.feed(take(ends.client)[0], 0.2)
    (last_words,) = take(ends.server)
    ends.client.feed(last_words, 0.25)
    assert ends.client.srtp is not None


def test_the_last_words_are_said_thrice_more_in_any_case() -> None:
    ends = Ends()
    lose_last_words(ends)
    said = []
    while (due := ends.server.deadline()) is not None:
        ends.server.tick(due)
        said.append((round(due, 3), take(ends.server)))
    assert [moment for moment, _ in said] == pytest.approx([0.15, 0.375, 0.7125], abs=0.001)
    assert all(datagrams == said[0][1] for _, datagrams in said)
    ends.client.feed(said[0][1][0], 1.0)
    assert ends.client.srtp is not None
    for _, datagrams in said[1:]:
        ends.client.feed(datagrams[0], 1.0)
    assert not take(ends.client) and not ends.drops


@pytest.mark.parametrize("datagram_bytes", [300, 600])
def test_a_flight_of_many_datagrams_arrives_in_any_order(datagram_bytes: int) -> None:
    ends = Ends(limits=LinkLimits(datagram_bytes=datagram_bytes))
    ends.start()
    ends.server.feed(take(ends.client)[0], 0.0)
    datagrams = take(ends.server)
    assert max(map(len, datagrams)) <= datagram_bytes and len(datagrams) > 1
    for datagram in reversed(datagrams):
        ends.client.feed(datagram, 0.0)
    ends.pass_on()
    assert ends.client.srtp is not None and ends.server.srtp is not None


def test_a_cipher_change_read_too_early_is_mended_by_new_record_numbers() -> None:
    """OpenSSL's clock is the real one: the only test here that waits, for its first timer of one second."""
    ends = Ends(limits=LinkLimits(datagram_bytes=300))
    ends.start()
    ends.server.feed(take(ends.client)[0], 0.0)
    for datagram in take(ends.server):
        ends.client.feed(datagram, 0.0)
    for datagram in reversed(take(ends.client)):
        ends.server.feed(datagram, 0.0)
    assert ends.server.srtp is None

    def has_mended() -> bool:
        ends.client.tick(ends.client.deadline() or 0.0)
        ends.pass_on()
        return ends.server.srtp is not None

    ends.client._limits = LinkLimits(longest_retry_s=0.01)  # its time hardly passes, OpenSSL's does
    assert until(has_mended, 5.0)
    assert ends.client.srtp is not None


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
