"""Batches leave and arrive whole, with and without the kernel's help."""

import errno
import socket

import pytest

from dispatch_server.engine.udp import UdpPort
from dispatch_server.media.link.outbox import Address, Outbox
from tests.waiting import until


@pytest.fixture(params=[True, False], ids=["batching", "plain"])
def ports(request: pytest.FixtureRequest) -> tuple[UdpPort, UdpPort]:
    pair = (
        UdpPort("127.0.0.1", 0, batching=request.param).open(),
        UdpPort("127.0.0.1", 0, batching=request.param).open(),
    )
    request.addfinalizer(pair[0].close)
    request.addfinalizer(pair[1].close)
    return pair


def carry(sender: UdpPort, receiver: UdpPort, datagrams: list[bytes]) -> list[bytes]:
    outbox = Outbox(sender.send)
    place = ("127.0.0.1", receiver.port)
    position, sizes = 0, []
    for datagram in datagrams:
        outbox.buffer[position : position + len(datagram)] = datagram
        position += len(datagram)
        sizes.append(len(datagram))
    outbox.runs.append((place, 0, sizes))
    outbox.spill()
    got: list[bytes] = []
    until(
        lambda: bool(receiver.receive(lambda batch, source: got.extend(batch), 1000)) and len(got) == len(datagrams), 2
    )
    return got


def test_runs_of_unequal_packets_arrive_as_they_were(ports: tuple[UdpPort, UdpPort]) -> None:
    sizes = [1100] * 5 + [300] + [1100, 1100, 1400, 20, 1400] + [1200] * 130 + [1]
    datagrams = [bytes([index % 256]) * size for index, size in enumerate(sizes)]
    sender, receiver = ports
    assert carry(sender, receiver, datagrams) == datagrams
    assert sender.counters.sent == len(datagrams)
    assert (sender.counters.writes < 20) == sender.gso


def test_a_device_that_refuses_batches_is_served_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, receiver = UdpPort("127.0.0.1", 0).open(), UdpPort("127.0.0.1", 0).open()
    real = sender.socket

    class NoOffload:
        def sendmsg(self, *_: object) -> int:
            raise OSError(errno.EIO, "no checksum offload")

        def sendto(self, data: bytes, place: Address) -> int:
            return real.sendto(data, place)

    sender.socket = NoOffload()  # type: ignore[assignment]
    datagrams = [b"a" * 1000, b"b" * 1000, b"c" * 10]
    assert carry(sender, receiver, datagrams) == datagrams
    assert sender.gso is False
    real.close()
    receiver.close()


def test_empty_and_oversized_datagrams_are_counted_not_delivered() -> None:
    port = UdpPort("127.0.0.1", 0).open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for size in (0, 1501, 9000):
            stranger.sendto(b"x" * size, ("127.0.0.1", port.port))
    got: list[bytes] = []

    def all_there() -> bool:
        port.receive(lambda batch, source: got.extend(batch), 100)
        return port.counters.too_long == 3

    until(all_there, 2)
    assert got == []
    port.close()


def test_a_full_send_buffer_drops_and_counts() -> None:
    port = UdpPort("127.0.0.1", 0).open()

    class Full:
        def sendto(self, *_: object) -> int:
            raise BlockingIOError

        sendmsg = sendto

    real, port.socket = port.socket, Full()  # type: ignore[assignment]
    outbox = Outbox(port.send)
    outbox.runs.append((("127.0.0.1", 9), 0, [100, 100, 100]))
    outbox.spill()
    assert port.counters.dropped_full == 3
    real.close()
