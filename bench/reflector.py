"""The baseline of delay: the same pacing and the same stamps through a process that only sends back what it gets."""

import asyncio
import os
import socket
import subprocess
import sys
import time

from bench.stamped_socket import StampedSocket

STEP_S = 0.005  # as the generator paces
PACKETS_A_STEP = 45  # what 42 terminals send in one
PAYLOAD_BYTES = 1150
COPIES = 2
_NUMBER_BYTES = 8


def reflect(copies: int) -> None:
    """Until killed: every datagram back to its sender, so many times. Prints the port first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", 0))
        sys.stdout.write(f"{port.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            data, source = port.recvfrom(2048)
            for _ in range(copies):
                port.sendto(data, source)


async def measure(seconds: float) -> list[float]:
    """Delays in seconds from just before the send to the arrival in this process's kernel."""
    with subprocess.Popen([sys.executable, "-m", "bench.reflector"], stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            address = ("127.0.0.1", int(child.stdout.readline()))
            return await _exchange(address, seconds)
        finally:
            child.kill()


async def _exchange(address: tuple[str, int], seconds: float) -> list[float]:
    socket_, sent, delays = StampedSocket("127.0.0.1"), list[float](), list[float]()
    filler = os.urandom(PAYLOAD_BYTES - _NUMBER_BYTES)

    def readable() -> None:
        for datagram, _, arrived in socket_.receive(512):
            delays.append(arrived - sent[int.from_bytes(datagram[:_NUMBER_BYTES], "big")])

    loop = asyncio.get_running_loop()
    loop.add_reader(socket_.socket, readable)
    try:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for _ in range(PACKETS_A_STEP):
                datagram = len(sent).to_bytes(_NUMBER_BYTES, "big") + filler
                sent.append(time.time())
                socket_.socket.sendto(datagram, address)
            await asyncio.sleep(STEP_S)
    finally:
        loop.remove_reader(socket_.socket)
        socket_.close()
    return delays


if __name__ == "__main__":
    reflect(COPIES)
