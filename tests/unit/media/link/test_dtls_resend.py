"""Flights of DTLS that get lost, doubled or disordered: the same datagrams again, and an end to it."""

import pytest

from dispatch_server.media.link.states import Failure, LinkLimits
from tests.unit.media.link.dtls_ends import Ends, take
from tests.waiting import until


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
