"""The three hosts and their link are real: what is set is what a program on the other host meets."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.faults import able
from tests.faults.network import SERVER_ADDRESS, TERMINAL_ADDRESS, Network, three_hosts
from tests.faults.wire import Badness
from tests.waiting import until

pytestmark = pytest.mark.netns
PORT = 4000
SO_RCVBUFFORCE = 33


@pytest.fixture
def sockets(bad_network: Network) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A bound UDP socket on the terminal's host and one on the server's."""
    with bad_network.terminal.inside():
        near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        near.bind((TERMINAL_ADDRESS, PORT))
    with bad_network.server.inside():
        far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        far.bind((SERVER_ADDRESS, PORT))
    with near, far:
        for end in (near, far):
            end.settimeout(2)
            end.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)  # nobody reads while a burst is sent
        yield near, far


def send(source: socket.socket, target: str, frames: int, gap_s: float = 0.0) -> None:
    for number in range(frames):
        source.sendto(number.to_bytes(4, "big") + bytes(200), (target, PORT))
        time.sleep(gap_s)


def received(target: socket.socket, quiet_s: float = 0.3) -> int:
    """How many datagrams come until none comes for a while."""
    target.settimeout(quiet_s)
    number = 0
    try:
        while True:
            target.recv(2048)
            number += 1
    except TimeoutError:
        return number


def round_trip_ms(near: socket.socket, far: socket.socket) -> float:
    begin = time.monotonic()
    near.sendto(b"there", (SERVER_ADDRESS, PORT))
    far.recv(100)
    far.sendto(b"back", (TERMINAL_ADDRESS, PORT))
    near.recv(100)
    return (time.monotonic() - begin) * 1000


def test_hosts_reach_each_other_and_nothing_else(bad_network: Network) -> None:
    script = "import socket; print([name for _, name in socket.if_nameindex()])"
    for host in (bad_network.terminal, bad_network.server):
        assert host.run(sys.executable, "-c", script).stdout.strip() == "['lo', 'eth0']"


def test_a_perfect_link_loses_nothing(sockets: tuple[socket.socket, socket.socket], bad_network: Network) -> None:
    near, far = sockets
    send(near, SERVER_ADDRESS, 500, 0.0002)
    assert received(far) == 500
    assert round_trip_ms(near, far) < 50
    counts = bad_network.counts()
    assert counts is None or counts[0].passed >= 500


def test_loss_changes_while_in_use_and_differs_by_direction(
    sockets: tuple[socket.socket, socket.socket], bad_network: Network
) -> None:
    near, far = sockets
    round_trip_ms(near, far)  # each knows the other's hardware address now
    bad_network.set(up=Badness(loss=0.3))
    send(near, SERVER_ADDRESS, 500, 0.0002)
    assert 280 < received(far) < 420
    send(far, TERMINAL_ADDRESS, 200, 0.0002)
    assert received(near) == 200
    bad_network.mend()
    send(near, SERVER_ADDRESS, 200, 0.0002)
    assert received(far) == 200


def test_delay_is_added_each_way(sockets: tuple[socket.socket, socket.socket], bad_network: Network) -> None:
    near, far = sockets
    round_trip_ms(near, far)
    bad_network.both(delay_ms=50)
    assert 100 <= min(round_trip_ms(near, far) for _ in range(3)) < 130


def test_a_rate_is_kept(sockets: tuple[socket.socket, socket.socket], bad_network: Network) -> None:
    near, far = sockets
    round_trip_ms(near, far)
    bad_network.set(up=Badness(rate_kbps=500, queue_ms=5000))
    begin = time.monotonic()
    send(near, SERVER_ADDRESS, 200)  # 246 bytes on the wire each: 0.79 s at this rate
    assert received(far) == 200
    assert time.monotonic() - begin > 0.75
    bad_network.set(up=Badness(rate_kbps=100, queue_ms=50))
    send(near, SERVER_ADDRESS, 200)
    assert 0 < received(far) < 150


def test_a_cut_is_total_and_ends(sockets: tuple[socket.socket, socket.socket], bad_network: Network) -> None:
    near, far = sockets
    round_trip_ms(near, far)
    bad_network.cut()
    send(near, SERVER_ADDRESS, 50)
    assert received(far) == 0
    bad_network.mend()
    assert round_trip_ms(near, far) < 50


def test_a_terminal_changes_its_address(bad_network: Network) -> None:
    bad_network.terminal.change_address("10.20.0.77")
    script = f"import socket; s = socket.create_server(('{SERVER_ADDRESS}', 81)); print(s.accept()[1][0])"
    waits = bad_network.server.start(sys.executable, "-c", script, stdout=subprocess.PIPE)
    ask = f"import socket; socket.create_connection(('{SERVER_ADDRESS}', 81), 1)"
    try:
        until(lambda: bad_network.terminal.run(sys.executable, "-c", ask).returncode == 0, 10)
        assert waits.communicate(timeout=10)[0].strip() == "10.20.0.77"
    finally:
        with waits:
            waits.kill()


def test_nothing_is_left_behind() -> None:
    if reason := able.why_no_networks():
        pytest.skip(reason)
    with three_hosts() as first, three_hosts() as second:
        names = {host.name for net in (first, second) for host in (net.terminal, net.middle, net.server)}
        assert len(names) == 6
        assert names <= made_here()
    assert not names & made_here()


def made_here() -> set[str]:
    listed = subprocess.run([able.program("ip") or "ip", "-j", "netns"], capture_output=True, text=True, check=True)
    rows = json.loads(listed.stdout or "[]")
    return {row["name"] for row in rows if f"-{os.getpid()}-" in row["name"]}
