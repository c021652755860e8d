"""FFmpeg's WHIP muxer takes our answer: it knocks at our candidate with our credentials, in both DTLS roles."""

import datetime
import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aioice import stun
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dispatch_server.media.abilities import Candidate, Layer, SessionPlan
from dispatch_server.media.negotiate import answer_publish
from tests.unit.media.sdp.offer_texts import SERVER

# In a process of its own: PyAV may hold the interpreter's lock while it opens a network output.
MUXER = """
import sys
import av
options = dict(word.split("=", 1) for word in sys.argv[2:])
output = av.open(sys.argv[1], "w", format="whip", options=options)
picture = output.add_stream("libx264", rate=25, options={"profile": "baseline", "tune": "zerolatency"})
picture.width, picture.height, picture.pix_fmt = 320, 240, "yuv420p"
sound = output.add_stream("libopus", rate=48000)
sound.layout = "stereo"
output.start_encoding()
"""


class Endpoint(http.server.HTTPServer):
    """Answers one WHIP offer, and remembers the plan."""

    plan: SessionPlan

    def __init__(self, media_port: int) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.local = replace(SERVER, candidates=(Candidate("127.0.0.1", media_port),))


class Taking(http.server.BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        offer = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.plan, answer = answer_publish(offer, self.server.local)
        self.send_response(201)
        self.send_header("Content-Type", "application/sdp")
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/session")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def do_DELETE(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Not among the test's output."""


@pytest.fixture
def media() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", 0))
        port.settimeout(20)
        yield port


@pytest.fixture
def endpoint(media: socket.socket) -> Iterator[Endpoint]:
    server = Endpoint(media.getsockname()[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def certificate(tmp_path: Path) -> list[str]:
    """A P-256 certificate of its own: with its default one the muxer's handshake fails."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "encoder")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    signed = builder.sign(key, hashes.SHA256())
    certificate_file, key_file = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return [f"cert_file={certificate_file}", f"key_file={key_file}"]


@pytest.mark.parametrize(("flags", "we_begin"), [([], True), (["whip_flags=dtls_active"], False)])
def test_the_muxer_knocks_with_our_credentials(
    endpoint: Endpoint, media: socket.socket, certificate: list[str], flags: list[str], we_begin: bool
) -> None:
    address = f"http://127.0.0.1:{endpoint.server_port}/whip"
    muxer = subprocess.Popen([sys.executable, "-c", MUXER, address, *certificate, *flags], stderr=subprocess.DEVNULL)
    try:
        datagram, _source = media.recvfrom(2048)
    finally:
        muxer.kill()
        muxer.wait(10)
    request = stun.parse_message(datagram)
    assert request.check_message_integrity(SERVER.credentials.password.encode())
    assert request.attributes["USERNAME"] == f"{SERVER.credentials.ufrag}:{endpoint.plan.remote.ufrag}"
    assert endpoint.plan.dtls_client is we_begin
    assert {track.layer for track in endpoint.plan.tracks} == {Layer.MAIN, Layer.SOUND}
