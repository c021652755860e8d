"""The certificate as clients see it: Python's ssl, OpenSSL's own programs, and a server that takes a renewed one."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dispatch_server.ops.certificates import RENEW_DAYS, TlsFolder, TlsRefused, days_left
from dispatch_server.ops.keeping import look_at_certificate
from dispatch_server.runtime.counters import Counters
from dispatch_server.runtime.world import World
from dispatch_server.settings import LimitSettings, ServerSettings, SignalSettings
from dispatch_server.settings.loading import load
from dispatch_server.web.headers import SecurityHeaders
from dispatch_server.web.server import Front
from dispatch_server.web.tls import CannotListen, ServerTls
from dispatch_server.wiring.devices import authority_fingerprint
from tests.waiting import until_async


@pytest.fixture
def tls(tmp_path: Path) -> TlsFolder:
    folder = TlsFolder(tmp_path, World())
    folder.init(["dispatch.example"])
    return folder


@asynccontextmanager
async def served(certificate: Path, key: Path) -> AsyncIterator[int]:
    async def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    app = Starlette(routes=[Route("/", page)], middleware=[Middleware(SecurityHeaders)])
    settings = ServerSettings(port=0, tls_certificate=str(certificate), tls_key=str(key))
    front = Front(app, settings, LimitSettings(), SignalSettings(), Counters())
    task = asyncio.create_task(front.serve())
    await until_async(lambda: front.started, 10)
    try:
        yield front.port
    finally:
        front.should_exit = True
        await task


async def seen(port: int, authority: Path, name: str = "localhost", **limits: ssl.TLSVersion) -> bytes:
    """The certificate that a client who believes only this authority gets; SSLError when it does not believe it."""
    context = ssl.create_default_context(cafile=str(authority))
    for limit, version in limits.items():
        setattr(context, limit, version)
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(found)


def test_files_and_their_modes(tls: TlsFolder) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in tls.folder.iterdir()}
    assert modes == {"ca.crt": 0o644, "ca.key": 0o600, "server.crt": 0o644, "server.key": 0o600}
    assert tls.folder.stat().st_mode & 0o077 == 0


def test_openssl_believes_it(tls: TlsFolder) -> None:
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", str(tls.authority)]
    for name in ("-verify_hostname", "dispatch.example"), ("-verify_ip", "127.0.0.1"):
        done = subprocess.run([*command, *name, str(tls.certificate)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    wrong = [*command, "-verify_hostname", "other.example", str(tls.certificate)]
    assert subprocess.run(wrong, capture_output=True).returncode != 0


async def test_a_browser_like_client_believes_it_and_nobody_else(tls: TlsFolder, tmp_path: Path) -> None:
    other = TlsFolder(tmp_path / "other", World())
    other.init([])
    async with served(tls.certificate, tls.key) as port:
        for name in ("localhost", "127.0.0.1", "dispatch.example"):
            assert await seen(port, tls.authority, name)
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            await seen(port, tls.authority, "other.example")
        with pytest.raises(ssl.SSLCertVerificationError):
            await seen(port, other.authority)
        with pytest.raises((ssl.SSLError, ConnectionError)), pytest.warns(DeprecationWarning):
            await seen(port, tls.authority, maximum_version=ssl.TLSVersion.TLSv1_1)


async def test_a_stolen_authority_cannot_vouch_for_others(tls: TlsFolder, tmp_path: Path) -> None:
    """Its name constraints are the client's to enforce: the same forgery for our own name is believed."""
    for name, is_believed in (("dispatch.example", True), ("bank.example", False)):
        certificate, key = forged(tls, name, tmp_path)
        async with served(certificate, key) as port:
            if is_believed:
                assert await seen(port, tls.authority, name)
            else:
                with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
                    await seen(port, tls.authority, name)


def forged(tls: TlsFolder, name: str, folder: Path) -> tuple[Path, Path]:
    authority = x509.load_pem_x509_certificate(tls.authority.read_bytes())
    authority_key = serialization.load_pem_private_key(tls.authority_key.read_bytes(), None)
    assert isinstance(authority_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    forgery = (
        x509.CertificateBuilder(x509.load_pem_x509_certificate(tls.certificate.read_bytes()).issuer)
        .subject_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(authority.not_valid_before_utc)
        .not_valid_after(authority.not_valid_after_utc)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(forgery.public_bytes(serialization.Encoding.PEM))
    pem = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *pem))
    return files


@pytest.mark.parametrize("new_key", [False, True])
async def test_a_server_that_runs_takes_the_renewed_one(tls: TlsFolder, new_key: bool) -> None:
    async with served(tls.certificate, tls.key) as port:
        before = await seen(port, tls.authority)
        shown = tls.renew(["10.1.2.3"], new_key=new_key)
        assert "10.1.2.3" in shown.names.words() and "dispatch.example" in shown.names.words()
        wanted = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
        assert wanted.public_bytes(serialization.Encoding.DER) != before

        async def is_new() -> bool:
            return await seen(port, tls.authority) == wanted.public_bytes(serialization.Encoding.DER)

        for _ in range(100):
            if await is_new():
                break
            await asyncio.sleep(0.1)
        assert await is_new()


async def test_an_unusable_pair_leaves_the_old_one_in_use(tls: TlsFolder) -> None:
    kept = ServerTls(str(tls.certificate), str(tls.key))
    kept.load()
    good = tls.certificate.read_bytes()
    tls.certificate.write_text("half of a file")
    assert not kept.refresh()
    tls.certificate.write_bytes(good)
    assert kept.refresh()
    assert not kept.refresh()
    tls.certificate.unlink()
    assert not kept.refresh()
    with pytest.raises(CannotListen):
        kept.load()


def test_there_is_one_authority_until_it_is_replaced(tls: TlsFolder) -> None:
    before = tls.show().authority_fingerprint
    with pytest.raises(TlsRefused, match="tls renew"):
        tls.init([])
    tls.renew()
    assert tls.show().authority_fingerprint == before
    assert tls.init([], replace=True).authority_fingerprint != before


def test_nothing_to_renew(tmp_path: Path) -> None:
    with pytest.raises(TlsRefused, match="tls init"):
        TlsFolder(tmp_path, World()).renew()


def test_the_end_is_warned_of(tls: TlsFolder) -> None:
    class Later(World):
        def __init__(self, days: float) -> None:
            self.days = days

        def utc_us(self) -> int:
            return super().utc_us() + int(self.days * 86_400_000_000)

    server = ServerSettings(tls_certificate=str(tls.certificate), tls_key=str(tls.key))
    said = [next(iter(look_at_certificate(server, Later(days)))) for days in (0, 365 - RENEW_DAYS + 1, 366)]
    assert [finding.verdict for finding in said] == ["ok", "note", "MEND"]
    assert days_left(tls.certificate, Later(366).utc_us()) < 0
    assert tls.show().ends > datetime.now(UTC)


def test_the_settings_take_it_by_themselves(tls: TlsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPATCH__DATA_FOLDER", str(tmp_path))
    server = load().server
    assert (server.tls_certificate, server.tls_key) == (str(tls.certificate), str(tls.key))
    assert server.url.startswith("https://")
    assert load(overrides={"server": {"mode": "development"}}).server.tls_certificate == ""
    behind = {"trusted_proxies": ("10.0.0.1",), "public_url": "https://a.example"}
    assert load(overrides={"server": behind}).server.tls_certificate == ""


def test_the_code_of_a_device_names_the_nodes_own_authority(
    tls: TlsFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPATCH__DATA_FOLDER", str(tmp_path))
    assert authority_fingerprint(load(), World()) == tls.show().authority_fingerprint
    behind = {"trusted_proxies": ("10.0.0.1",), "public_url": "https://a.example"}
    assert authority_fingerprint(load(overrides={"server": behind}), World()) == ""
    tls.authority.unlink()
    assert authority_fingerprint(load(), World()) == ""


async def test_strict_transport_is_said_only_over_tls(tls: TlsFolder) -> None:
    async with served(tls.certificate, tls.key) as port:
        context = ssl.create_default_context(cafile=str(tls.authority))
        reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = (await reader.read()).lower()
        writer.close()
    assert b"strict-transport-security: max-age=31536000" in answer
    assert b"unsafe-inline" not in answer and b"content-security-policy" in answer
