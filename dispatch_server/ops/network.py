"""What the doctor looks at on the network: ports that can be had, addresses at which media arrives, services."""

import socket
import ssl
from collections.abc import Iterator, Sequence
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from dispatch_server.settings import MediaSettings, ServerSettings

ANSWER_S = 1.0
TRIAL = b"\xffdispatch-doctor"  # a first byte that no media protocol uses (RFC 7983)


def is_running(server: ServerSettings) -> bool:
    """Whether a server of ours answers at the address of the settings."""
    scheme = "https" if server.tls_certificate else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(server.host, server.host)  # noqa: S104
    try:
        with build_opener(ProxyHandler({}), HTTPSHandler(context=_without_names())).open(
            f"{scheme}://{host}:{server.port}/version", timeout=ANSWER_S
        ) as answer:
            return b"dispatch-server" in answer.read(1000)
    except (URLError, OSError, ValueError):
        return False


def _without_names() -> ssl.SSLContext:
    """Loopback is in no certificate of another authority; nothing is sent, and nothing is believed but a name."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def look_at_ports(server: ServerSettings, media: MediaSettings) -> Iterator[Finding]:
    wanted = [("HTTP", "server.port", server.host, server.port, socket.SOCK_STREAM)]
    wanted.append(("media", "media.udp_port", media.host, media.udp_port, socket.SOCK_DGRAM))
    if media.tcp_enabled:
        wanted.append(("media", "media.tcp_port", media.host, media.tcp_port, socket.SOCK_STREAM))
    for purpose, key, host, port, kind in wanted:
        protocol = "UDP" if kind == socket.SOCK_DGRAM else "TCP"
        zh = f"{protocol} 端口 {port}（{'媒体' if purpose == 'media' else purpose}，{host}）"
        en = f"{protocol} port {port} for {purpose} on {host}"
        trouble = _bind_trouble(host, port, kind)
        if trouble is None:
            yield well(Side.HERE, f"{zh} 空闲", f"{en} is free")
        else:
            yield mend(
                Side.HERE,
                f"{zh} 无法使用",
                f"{en}: {trouble}",
                f"结束占用它的程序（ss -lpn | grep :{port}），或修改 {key}",
                f"end the program that has it (ss -lpn | grep :{port}), or change {key}",
            )


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
    """A datagram and a connection to each announced address must come in where media is listened for."""
    if not announced:
        yield mend(
            Side.HERE,
            "没有公布任何媒体地址",
            "no address is announced for media",
            "在 media.announced_addresses 中写明本机地址",
            "name those of this machine in media.announced_addresses",
        )
    if all(address.startswith("127.") or address == "::1" for address in announced):
        yield note(
            Side.HERE,
            "媒体只公布在回环地址：其他机器无法发送",
            "media is announced on loopback only: nobody else can send",
            "设置 media.announced_addresses",
            "set media.announced_addresses",
        )
    for address in announced:
        yield _reached(media, address, "UDP", _round_trip(media.host, address), media.udp_port)
        if media.tcp_enabled:
            yield _reached(media, address, "TCP", _connects(media.host, address), media.tcp_port)


def _reached(media: MediaSettings, address: str, protocol: str, arrives: bool, port: int) -> Finding:
    if arrives:
        return well(
            Side.NETWORK, f"{protocol} 媒体可到达 {address}", f"media sent to {address} over {protocol} arrives"
        )
    if media.announced_addresses:
        return note(
            Side.NETWORK,
            f"从本机发往 {address} 的 {protocol} 媒体没有到达；在地址转换之后可能属正常",
            f"{protocol} media sent from here to {address} does not arrive; behind NAT that can be normal",
            f"把 {address} 的 {protocol} 端口 {port} 转发到本机，并在终端上运行 dispatch-terminal doctor",
            f"let {protocol} port {port} of {address} lead to this machine; on a terminal: dispatch-terminal doctor",
        )
    return mend(
        Side.HERE,
        f"发往本机地址 {address} 的 {protocol} 媒体没有到达",
        f"media sent to {address}, this machine's own address, does not arrive over {protocol}",
        f"在防火墙中放行 {protocol} 端口 {port}（nft list ruleset）",
        f"allow {protocol} port {port} in the firewall (nft list ruleset)",
    )


def _round_trip(bound_to: str, address: str) -> bool:
    family, host = _where(bound_to, address)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as receiver, socket.socket(family, socket.SOCK_DGRAM) as sender:
            receiver.settimeout(ANSWER_S)
            receiver.bind((host, 0))
            sender.sendto(TRIAL, (address, receiver.getsockname()[1]))
            return receiver.recv(100) == TRIAL
    except OSError:
        return False


def _connects(bound_to: str, address: str) -> bool:
    family, host = _where(bound_to, address)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as listener:
            listener.bind((host, 0))
            listener.listen(1)
            with socket.create_connection((address, listener.getsockname()[1]), ANSWER_S):
                return True
    except OSError:
        return False


def _where(bound_to: str, address: str) -> tuple[socket.AddressFamily, str]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    any_address = "::" if family == socket.AF_INET6 else "0.0.0.0"  # noqa: S104
    return family, bound_to if (":" in bound_to) == (":" in address) else any_address
