"""Somebody on the network who means no good: sends to the media port from addresses that passed no check."""

import asyncio
import random
import re
import socket
from collections.abc import Iterable

import httpx2

from dispatch_server.media.abilities import Candidate
from tests.e2e.node import Node

CONTENT = 64  # datagrams between two breaths of the loop


def dtls(kind: int, epoch: int, number: int, body: bytes) -> bytes:
    """One record of DTLS 1.2 (RFC 6347 4.1)."""
    head = bytes((kind, 254, 253)) + epoch.to_bytes(2, "big") + number.to_bytes(6, "big")
    return head + len(body).to_bytes(2, "big") + body


def fatal_alert(number: int = 0) -> bytes:
    return dtls(21, 0, number, b"\x02\x28")


def null_cipher_hello(chance: random.Random, number: int = 0) -> bytes:
    """A ClientHello that offers TLS_NULL_WITH_NULL_NULL alone."""
    body = b"\xfe\xfd" + chance.randbytes(32) + b"\x00\x00\x00\x02\x00\x00\x01\x00"
    head = b"\x01" + len(body).to_bytes(3, "big") + b"\x00\x00" + b"\x00\x00\x00" + len(body).to_bytes(3, "big")
    return dtls(22, 0, number, head + body)


class Attacker:
    """Several sockets that belong to no session."""

    def __init__(self, target: tuple[str, int], sockets: int = 4) -> None:
        self.target = target
        self.sent = self.answered = 0
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(sockets)]
        for one in self._sockets:
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)

    async def send(self, datagrams: Iterable[bytes], pause_s: float = 0.0) -> None:
        for number, datagram in enumerate(datagrams):
            try:
                self._sockets[number % len(self._sockets)].sendto(datagram, self.target)
                self.sent += 1
            except BlockingIOError:
                pass
            if number % CONTENT == CONTENT - 1 or pause_s:
                await asyncio.sleep(pause_s)

    def count_answers(self) -> int:
        for one in self._sockets:
            while True:
                try:
                    one.recv(2048)
                except (BlockingIOError, ConnectionRefusedError):
                    break
                self.answered += 1
        return self.answered

    def close(self) -> None:
        for one in self._sockets:
            one.close()


def media_port(candidates: Iterable[Candidate]) -> tuple[str, int]:
    """Where a session's datagrams go."""
    found = next(candidate for candidate in candidates if candidate.transport == "udp")
    return "127.0.0.1", found.port


def drops(node: Node) -> dict[str, float]:
    """What the server's media port dropped so far, by reason."""
    text = httpx2.get(f"{node.url}/metrics", timeout=20).text
    lines = re.findall(r'^dispatch_media_dropped_total\{reason="([^"]*)"\} (\S+)', text, re.MULTILINE)
    return {reason: float(value) for reason, value in lines}
