"""A real S3 interface for tests (moto's), and a proxy before it that can be told to be a bad network."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.server import ThreadedMotoServer

from dispatch_server.kit.redact import Secret
from dispatch_server.settings import BucketSettings

NAME = "recordings"
HOP = {"connection", "transfer-encoding", "content-length", "host"}


@dataclass(slots=True)
class Weather:
    """`failing`: so many requests of `method` are answered by `fault` before all is well again."""

    fault: str = ""
    method: str = "PUT"
    failing: int = 0
    seen: list[str] = field(default_factory=list)

    def strikes(self, method: str) -> str:
        self.seen.append(method)
        if not self.failing or method != self.method:
            return ""
        self.failing -= 1
        return self.fault


def _handler(weather: Weather, port: int) -> type[BaseHTTPRequestHandler]:
    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            fault = weather.strikes(self.command)
            if fault == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                self.close_connection = True
                return
            if fault in {"500", "503"}:
                self._answer(int(fault), {}, b"")
                return
            if fault == "slow":
                threading.Event().wait(0.5)
            if fault == "spoilt" and body:
                body = body[:-1] + bytes([body[-1] ^ 1])
            connection = HTTPConnection("127.0.0.1", port, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            if fault == "lost":  # done, and nobody is told
                self.close_connection = True
                return
            if fault == "cut":
                data = data[: len(data) // 2]
            self._answer(answer.status, dict(answer.getheaders()), data)

        def _answer(self, status: int, headers: dict[str, str], data: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in HOP:
                    self.send_header(name, value)
            length = headers.get("Content-Length") or headers.get("content-length") or str(len(data))
            self.send_header("Content-Length", length if self.command == "HEAD" else str(len(data)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(b"" if self.command == "HEAD" else data)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass

    return Proxy


@contextmanager
def bucket() -> Iterator[tuple[BucketSettings, Weather]]:
    """Settings of an empty bucket behind the proxy."""
    weather, moto = Weather(), ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    port = moto.get_host_and_port()[1]
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), _handler(weather, port))
    thread = threading.Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        made = HTTPConnection("127.0.0.1", port)
        made.request("PUT", f"/{NAME}")
        assert made.getresponse().status == 200
        yield (
            BucketSettings(
                endpoint=f"http://127.0.0.1:{proxy.server_address[1]}",
                name=NAME,
                access_key_id=Secret("anybody"),
                secret_access_key=Secret("anything"),
                part_bytes=5 << 20,
                request_s=5,
            ),
            weather,
        )
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
        with suppress(OSError):
            moto.stop()
