"""What the doctor looks at on the network: ports that can be had, addresses at which media arrives, services."""

import socket
from collections.abc import Iterator, Sequence
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from dispatch_server.ops.finding import Finding, mend, note, well
from dispatch_server.settings import MediaSettings, ServerSettings

ANSWER_S = 1.0
TRIAL = b"\xffdispatch-doctor"  # a first byte that no media protocol uses (RFC 7983)


def is_running(server: ServerSettings) -> bool:
    """Whether a server of ours answers at the address of the settings."""
    scheme = "https" if server.tls_certificate else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(server.host, server.host)  # noqa: S104
    try:
        with build_opener(ProxyHandler({})).open(
            f"{scheme}://{host}:{server.port}/version", timeout=ANSWER_S
        ) as answer:
            return b"dispatch-server" in answer.read(1000)
    except (URLError, OSError, ValueError):
        return False


def look_at_ports(server: ServerSettings, media: MediaSettings) -> Iterator[Finding]:
    wanted = [("HTTP", "server.port", server.host, server.port, socket.SOCK_STREAM)]
    wanted.append(("media", "media.udp_port", media.host, media.udp_port, socket.SOCK_DGRAM))
    if media.tcp_enabled:
        wanted.append(("media", "media.tcp_port", media.host, media.tcp_port, socket.SOCK_STREAM))
    for purpose, key, host, port, kind in wanted:
        name = f"{'UDP' if kind == socket.SOCK_DGRAM else 'TCP'} port {port} for {purpose} on {host}"
        trouble = _bind_trouble(host, port, kind)
        if trouble is None:
            yield well(f"{name} is free")
        else:
            yield mend(f"{name}: {trouble}", f"end the program that has it (ss -lpn | grep :{port}), or change {key}")


def _bind_trouble(host: str, port: int, kind: socket.SocketKind) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as trial:
        if kind == socket.SOCK_STREAM:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def look_at_addresses(media: MediaSettings, announced: Sequence[str]) -> Iterator[Finding]:
    """A datagram to each announced address must come in where media is listened for."""
    if not announced:
        yield mend("no address is announced for media", "name those of this machine in media.announced_addresses")
    if all(address.startswith("127.") or address == "::1" for address in announced):
        yield note("media is announced on loopback only: nobody else can send", "set media.announced_addresses")
    for address in announced:
        if _round_trip(media.host, address):
            yield well(f"media sent to {address} arrives")
        elif media.announced_addresses:
            yield note(
                f"media sent to {address} does not arrive when sent from here; behind NAT that can be normal",
                f"let UDP and TCP port {media.udp_port} of {address} lead to this machine, and try from outside",
            )
        else:
            yield mend(
                f"media sent to {address}, this machine's own address, does not arrive",
                f"allow UDP port {media.udp_port} in the firewall (nft list ruleset)",
            )


def _round_trip(bound_to: str, address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    any_address = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    host = bound_to if (":" in bound_to) == (":" in address) else any_address
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as receiver, socket.socket(family, socket.SOCK_DGRAM) as sender:
            receiver.settimeout(ANSWER_S)
            receiver.bind((host, 0))
            sender.sendto(TRIAL, (address, receiver.getsockname()[1]))
            return receiver.recv(100) == TRIAL
    except OSError:
        return False
