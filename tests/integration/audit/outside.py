"""Other hosts that hold heads: one that takes them over HTTPS, and a time-stamping authority (openssl ts)."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Answer = Callable[[str, dict[str, str], bytes], tuple[int, bytes]]
TSA_SETTINGS = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ordering = yes
tsa_name = no
ess_cert_id_chain = no
"""


@dataclass(frozen=True, slots=True)
class Papers:
    """A root, and a certificate under it with its key, as PEM files."""

    root: Path
    certificate: Path
    key: Path


def papers(folder: Path, usage: x509.ObjectIdentifier) -> Papers:
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Witness")])
    begin = datetime(2020, 1, 1, tzinfo=UTC)

    def certificate(subject: x509.Name, public: rsa.RSAPublicKey, is_root: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=36500))
            .add_extension(x509.BasicConstraints(is_root, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if is_root:
            used = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
            builder = builder.add_extension(used, critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
            builder = builder.add_extension(names, critical=False)
        return builder.sign(root_key, hashes.SHA256())

    made = Papers(folder / "root.pem", folder / "certificate.pem", folder / "key.pem")
    pem = serialization.Encoding.PEM
    made.root.write_bytes(certificate(root_name, root_key.public_key(), True).public_bytes(pem))
    made.certificate.write_bytes(certificate(name, key.public_key(), False).public_bytes(pem))
    made.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return made


@contextmanager
def host(answer: Answer, tls: Papers | None = None) -> Iterator[str]:
    """The address of a host that answers every POST with what `answer(path, headers, body)` gives."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, data = answer(self.path, dict(self.headers), body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate, tls.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_address[1]}/heads"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def authority(folder: Path, by: Papers) -> Answer:
    """Stamps what it is asked to, as RFC 3161 says."""
    settings = folder / "tsa.cnf"
    settings.write_text(TSA_SETTINGS.format(folder=folder))
    (folder / "serial").write_text("01\n")

    def answer(_: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        assert headers["Content-Type"] == "application/timestamp-query"
        query, reply = folder / "query", folder / "reply"
        query.write_bytes(body)
        words = ["-config", settings, "-queryfile", query, "-signer", by.certificate, "-inkey", by.key, "-out", reply]
        subprocess.run(["openssl", "ts", "-reply", *words], check=True, capture_output=True, timeout=20)
        return 200, reply.read_bytes()

    return answer


TLS_USE = ExtendedKeyUsageOID.SERVER_AUTH
STAMP_USE = ExtendedKeyUsageOID.TIME_STAMPING
