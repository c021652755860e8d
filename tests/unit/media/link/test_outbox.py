"""The outbox: datagrams in order, spilled when full, nothing lost in between."""

from dispatch_server.media.link.outbox import CAPACITY_BYTES, LARGEST_DATAGRAM, Address, Outbox
from tests.sim.pair import collecting_outbox

HERE: Address = ("192.0.2.1", 1)
THERE: Address = ("192.0.2.2", 2, "tcp")


def test_datagrams_come_out_in_order_with_their_addresses() -> None:
    outbox, letters = collecting_outbox()
    outbox.put(b"one", HERE)
    outbox.put(b"two", THERE)
    assert not letters
    outbox.spill()
    assert letters == [(b"one", HERE), (b"two", THERE)]
    assert outbox.used == 0 and not outbox.runs


def test_an_empty_outbox_spills_nothing() -> None:
    spills: list[Outbox] = []
    Outbox(spills.append).spill()
    assert not spills


def test_a_full_outbox_spills_by_itself_and_loses_nothing() -> None:
    outbox, letters = collecting_outbox()
    total = 2 * CAPACITY_BYTES // LARGEST_DATAGRAM
    for number in range(total):
        outbox.put(number.to_bytes(4, "big") + bytes(LARGEST_DATAGRAM - 4), HERE)
    assert 0 < len(letters) < total
    outbox.spill()
    assert [int.from_bytes(datagram[:4], "big") for datagram, _ in letters] == list(range(total))
