"""The folder `tls` of a node: its authority and its server certificate, made once and renewed by one command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch_server.kit.errors import LocalFault
from dispatch_server.ops.authority import (
    Names,
    fingerprint,
    names_in,
    names_of,
    new_authority,
    new_server_certificate,
    refuse_names_outside,
)
from dispatch_server.runtime.files import PRIVATE_FILE, make_private_folder, replace_whole
from dispatch_server.runtime.world import World
from dispatch_server.settings.loading import TLS_CERTIFICATE, TLS_FOLDER, TLS_KEY

RENEW_DAYS = 30  # from here on it is warned of
_PUBLIC_FILE = 0o644
_DAY_S = 86_400


class TlsRefused(LocalFault):
    """There is already one, none yet, or its files cannot be used."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person needs to know of the two certificates."""

    authority: Path
    authority_fingerprint: str
    authority_ends: datetime
    certificate: Path
    names: Names
    ends: datetime


class TlsFolder:
    def __init__(self, data_folder: Path, world: World) -> None:
        self.folder = data_folder / TLS_FOLDER
        self.authority = self.folder / "ca.crt"
        self.authority_key = self.folder / "ca.key"
        self.certificate = self.folder / TLS_CERTIFICATE
        self.key = self.folder / TLS_KEY
        self._world = world

    @property
    def is_made(self) -> bool:
        return self.authority.exists() or self.authority_key.exists()

    def init(self, words: Iterable[str], *, replace: bool = False) -> Shown:
        """A new authority and a certificate for these names. Refused when there is one, unless it is to be replaced."""
        if self.is_made and not replace:
            raise TlsRefused("tls_there", f"{self.folder} has an authority. To renew: dispatch-server tls renew")
        names, now = names_of(words), self._now()
        make_private_folder(self.folder)
        key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        authority = new_authority(key, names, now)
        certificate = new_server_certificate(authority, key, server_key.public_key(), names, now)
        self._write(self.authority_key, _pem_of_key(key), PRIVATE_FILE)
        self._write(self.authority, _pem(authority), _PUBLIC_FILE)
        self._write(self.key, _pem_of_key(server_key), PRIVATE_FILE)
        self._write(self.certificate, _pem(certificate), _PUBLIC_FILE)
        return self.show()

    def renew(self, more: Iterable[str] = (), *, new_key: bool = False) -> Shown:
        """
        The same names and those of `more`, for another year, by the same authority.

        With the same key only one file changes, so no crash can leave a pair that does not match.
        """
        shown = self.show()
        names = names_of([*shown.names.words(), *more])
        authority = _certificate(self.authority)
        authority_key = _key(self.authority_key)
        refuse_names_outside(authority, names)
        server_key = ec.generate_private_key(ec.SECP256R1()) if new_key else _key(self.key)
        certificate = new_server_certificate(authority, authority_key, server_key.public_key(), names, self._now())
        if new_key:
            self._write(self.key, _pem_of_key(server_key), PRIVATE_FILE)
        self._write(self.certificate, _pem(certificate), _PUBLIC_FILE)
        return self.show()

    def show(self) -> Shown:
        if not self.certificate.exists() or not self.authority.exists():
            raise TlsRefused("tls_missing", f"{self.folder} has no certificate yet. Cure: dispatch-server tls init")
        authority, certificate = _certificate(self.authority), _certificate(self.certificate)
        return Shown(
            authority=self.authority,
            authority_fingerprint=fingerprint(authority),
            authority_ends=authority.not_valid_after_utc,
            certificate=self.certificate,
            names=names_in(certificate),
            ends=certificate.not_valid_after_utc,
        )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._world.utc_us() // 1_000_000, UTC)

    def _write(self, path: Path, data: bytes, mode: int) -> None:
        replace_whole(path, data, f".{path.name}.{self._world.chance(4).hex()}", mode)


def end_of(certificate: Path) -> datetime:
    """When the first certificate of a PEM file ends. OSError, ValueError."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def days_left(certificate: Path, utc_us: int) -> float:
    """Negative once it has ended. OSError, ValueError."""
    return (end_of(certificate).timestamp() - utc_us / 1_000_000) / _DAY_S


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TlsRefused("tls_unusable", f"{path}: {error}") from error


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise TlsRefused("tls_unusable", f"{path}: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TlsRefused("tls_unusable", f"{path}: not a key of this program")
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
