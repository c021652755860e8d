"""The terminal's doctor tells sides apart: its own, the network, the server."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from dispatch_server.kit.finding import Finding, Side, Verdict
from dispatch_server.ops.certificates import TlsFolder
from dispatch_server.runtime.world import World
from terminals import world
from terminals.doctor import Target, examine


class Earlier(World):
    def utc_us(self) -> int:
        return super().utc_us() - 400 * 86_400_000_000


@contextmanager
def server(body: bytes, late_s: float = 0, tls: TlsFolder | None = None) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Date", formatdate(world.utc_us() / 1e6 + late_s, usegmt=True))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not into the tests' output."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that does not believe the certificate leaves."""

    with Quiet(("127.0.0.1", 0), Answer) as listening:
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.certificate, tls.key)
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()


def last(url: str, ca_file: str = "") -> Finding:
    return list(examine(Target.of(url, ca_file)))[-1]


def test_a_server_that_is_well() -> None:
    with server(b'{"name":"dispatch-server"}') as port:
        found = list(examine(Target.of(f"http://127.0.0.1:{port}")))
    assert {finding.verdict for finding in found} == {Verdict.WELL, Verdict.NOTE}  # the note: plain HTTP
    assert len(found) == 5


def test_somebody_else_answers() -> None:
    with server(b"<html>printer</html>") as port:
        found = last(f"http://127.0.0.1:{port}")
    assert (found.verdict, found.side) == (Verdict.MEND, Side.SERVER)


@pytest.mark.parametrize("late_s", [-3600, 60])
def test_a_clock_that_is_wrong(late_s: float) -> None:
    with server(b"dispatch-server", late_s) as port:
        found = last(f"http://127.0.0.1:{port}")
    assert (found.verdict, found.side) == (Verdict.MEND, Side.HERE)
    assert "clock" in found.what[1]


def test_a_name_that_nobody_knows() -> None:
    found = last("https://no-such-host.invalid")
    assert (found.verdict, found.side) == (Verdict.MEND, Side.NETWORK)


def test_a_port_on_which_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = last(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (found.verdict, found.side) == (Verdict.MEND, Side.SERVER)
    assert "systemctl" in str(found.cure)


def test_a_certificate_is_believed_only_from_its_own_authority(tmp_path: Path) -> None:
    tls = TlsFolder(tmp_path, World())
    tls.init([])
    with server(b"dispatch-server", tls=tls) as port:
        url = f"https://127.0.0.1:{port}"
        found = list(examine(Target.of(url, str(tls.authority))))
        assert {finding.verdict for finding in found} == {Verdict.WELL}
        stranger = last(url)
    assert (stranger.verdict, stranger.side) == (Verdict.MEND, Side.HERE)
    assert "ca.crt" in str(stranger.cure)


def test_a_certificate_that_has_ended_is_the_servers(tmp_path: Path) -> None:
    TlsFolder(tmp_path, Earlier()).init([])
    tls = TlsFolder(tmp_path, World())
    with server(b"dispatch-server", tls=tls) as port:
        found = last(f"https://127.0.0.1:{port}", str(tls.authority))
    assert (found.verdict, found.side) == (Verdict.MEND, Side.SERVER)
    assert "out of date" in found.what[1]


def test_http_on_a_port_of_tls_and_tls_on_a_port_of_http() -> None:
    with server(b"dispatch-server") as port:
        found = last(f"https://127.0.0.1:{port}")
    assert (found.verdict, found.side) == (Verdict.MEND, Side.SERVER)


@pytest.mark.parametrize("url", ["", "dispatch.example", "ftp://a", "http://"])
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Target.of(url)
