"""Looks from a terminal towards its server, step by step, and says on which side the first thing is that fails."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from dispatch_server.kit.finding import Finding, Side, mend, note, well
from terminals import world

WAIT_S = 5.0
CLOCK_S = 5.0  # assertions and media times are judged by the server's clock
RENEW_DAYS = 30
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Target:
    """A server's address as its parts."""

    scheme: str
    host: str
    port: int
    ca_file: str = ""

    @classmethod
    def of(cls, url: str, ca_file: str = "") -> "Target":
        """ValueError for what is no http or https address."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url}: not an address like https://dispatch.example:8443")
        return cls(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), ca_file)


def examine(target: Target) -> Iterator[Finding]:
    """Until something fails that all else needs."""
    for look in (look_at_name, look_at_port, look_at_certificate, look_at_server):
        finding = None
        for finding in look(target):
            yield finding
        if finding is not None and finding.verdict == "MEND":
            return


def look_at_name(target: Target) -> Iterator[Finding]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield mend(
            Side.NETWORK,
            f"找不到服务器名称 {target.host}",
            f"the name {target.host} is not known here: {error.strerror or error}",
            "检查终端的网络和 DNS，或在地址中直接使用 IP",
            "check this terminal's network and DNS, or use the address itself",
        )
    else:
        addresses = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
        yield well(Side.NETWORK, f"{target.host} 的地址：{addresses}", f"{target.host} is {addresses}")


def look_at_port(target: Target) -> Iterator[Finding]:
    name = f"TCP {target.host}:{target.port}"
    try:
        socket.create_connection((target.host, target.port), WAIT_S).close()
    except ConnectionRefusedError:
        yield mend(
            Side.SERVER,
            f"{name} 拒绝连接：机器可达，但服务没有运行或端口不对",
            f"{name} is refused: the machine is there, the server does not run or has another port",
            "在服务器上：systemctl status dispatch；dispatch-server doctor",
            "on the server: systemctl status dispatch; dispatch-server doctor",
        )
    except OSError as error:
        yield mend(
            Side.NETWORK,
            f"{name} 无法到达",
            f"{name} cannot be reached: {error.strerror or error}",
            f"检查本机网络，并在沿途防火墙放行 TCP {target.port}",
            f"check this network, and let TCP {target.port} through the firewalls between",
        )
    else:
        yield well(Side.NETWORK, f"{name} 可连接", f"{name} can be reached")


def look_at_certificate(target: Target) -> Iterator[Finding]:
    if target.scheme == "http":
        en = "plain HTTP: only for a test on one machine"
        yield note(Side.SERVER, "明文 HTTP：只适合单机测试", en, "dispatch-server tls init")
        return
    try:
        ends = _certificate_end(target)
    except ssl.SSLCertVerificationError as error:
        yield mend(
            *_blamed(error),
            "在服务器上运行 dispatch-server tls show，将 ca.crt 拷到终端并填入 server.ca_file",
            "on the server: dispatch-server tls show; copy its ca.crt to this terminal and name it in server.ca_file",
        )
    except (OSError, ValueError) as error:
        yield mend(
            Side.SERVER,
            "TLS 握手失败",
            f"no TLS on this port: {error}",
            "检查地址是否应为 http，或端口是否正确",
            "see whether the address and the port are right",
        )
    else:
        days = (ends - world.utc_us() / 1e6) / _DAY_S
        zh, en = f"证书可信，剩余 {days:.0f} 天", f"the certificate is trusted and holds for {days:.0f} days"
        if days < RENEW_DAYS:
            yield note(Side.SERVER, zh, en, "dispatch-server tls renew")
        else:
            yield well(Side.SERVER, zh, en)


def look_at_server(target: Target) -> Iterator[Finding]:
    """Whether it is one of ours, and how far this clock is from its clock."""
    try:
        program, server_utc_s, mine_utc_s = _asked(target)
    except (OSError, HTTPException, ValueError, TypeError) as error:
        yield mend(
            Side.SERVER,
            "服务器没有正常应答",
            f"no proper answer to /version: {error}",
            "在服务器上：dispatch-server doctor",
            "on the server: dispatch-server doctor",
        )
        return
    if b"dispatch-server" not in program:
        cure = "检查 server.url", "correct server.url"
        yield mend(Side.SERVER, "此地址不是指挥平台", "something else than our server answers at this address", *cure)
        return
    yield well(Side.SERVER, "指挥平台应答正常", "the server answers")
    offset = mine_utc_s - server_utc_s
    if abs(offset) > CLOCK_S:
        yield mend(
            Side.HERE,
            f"终端时钟与服务器相差 {offset:+.0f} 秒",
            f"this clock is {offset:+.0f} s from the server's",
            "打开自动对时（NTP），并核对服务器时钟",
            "let this clock be set by NTP, and look at the server's (dispatch-server doctor)",
        )
    else:
        yield well(Side.HERE, f"时钟相差 {offset:+.1f} 秒", f"this clock is {offset:+.1f} s from the server's")


def _certificate_end(target: Target) -> float:
    """Seconds since 1970. SSLCertVerificationError, OSError."""
    context = ssl.create_default_context(cafile=target.ca_file or None)
    with (
        socket.create_connection((target.host, target.port), WAIT_S) as plain,
        context.wrap_socket(plain, server_hostname=target.host) as secured,
    ):
        held = secured.getpeercert() or {}
    return float(ssl.cert_time_to_seconds(str(held["notAfter"])))


def _blamed(error: ssl.SSLCertVerificationError) -> tuple[Side, str, str]:
    words = error.verify_message
    if "expired" in words or "not yet valid" in words:
        return Side.SERVER, "证书已过期，或本机时钟错误", f"the certificate or this clock is out of date: {words}"
    if "mismatch" in words:
        return Side.SERVER, "证书不含此名称", f"the certificate is for other names: {words}"
    return (
        Side.HERE,
        "终端不信任服务器证书的签发者",
        f"the certificate's authority is not trusted here: {words}",
    )


def _asked(target: Target) -> tuple[bytes, float, float]:
    """The body of /version, the server's time and ours in the middle of the question: seconds since 1970."""
    if target.scheme == "https":
        context = ssl.create_default_context(cafile=target.ca_file or None)
        connection: HTTPConnection = HTTPSConnection(target.host, target.port, timeout=WAIT_S, context=context)
    else:
        connection = HTTPConnection(target.host, target.port, timeout=WAIT_S)
    with closing(connection):
        connection.connect()
        begun = world.utc_us()
        connection.request("GET", "/version")
        answer = connection.getresponse()
        middle = (begun + world.utc_us()) / 2e6
        # A Date of whole seconds is on average half a second old.
        return answer.read(1000), parsedate_to_datetime(answer.headers["Date"]).timestamp() + 0.5, middle
