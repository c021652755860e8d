"""The node's own certificate authority: what it signs, for which names, and for how long."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dispatch_server.kit.errors import LocalFault

AUTHORITY_DAYS = 3650
SERVER_DAYS = 365
BACKDATED = timedelta(hours=1)  # a terminal's clock may be behind
ALWAYS = ("localhost", "127.0.0.1", "::1")
# RFC 1918, RFC 4193, loopback: a server of a closed network may get another address without a new authority.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128")
_DNS_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NameRefused(LocalFault):
    """It can stand in no certificate, or not in one of this authority."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a certificate is for: DNS names and addresses, each once."""

    dns: tuple[str, ...]
    addresses: tuple[Address, ...]

    def words(self) -> list[str]:
        return [*self.dns, *map(str, self.addresses)]

    def general(self) -> list[x509.GeneralName]:
        return [*map(x509.DNSName, self.dns), *map(x509.IPAddress, self.addresses)]


def names_of(words: Iterable[str]) -> Names:
    """Sorted into names and addresses; loopback is always among them. NameRefused for what is neither."""
    dns: list[str] = []
    addresses: list[Address] = []
    for word in (*words, *ALWAYS):
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            name = word.lower().rstrip(".")
            if not _DNS_NAME.fullmatch(name) or len(name) > 253:
                raise NameRefused("name_refused", f"{word}: neither a host name nor an address") from None
            dns += [] if name in dns else [name]
        else:
            addresses += [] if address in addresses or address.is_unspecified else [address]
    return Names(tuple(dns), tuple(addresses))


def new_authority(key: ec.EllipticCurvePrivateKey, names: Names, now: datetime) -> x509.Certificate:
    """A self-signed root that can vouch for these names and for private addresses, and for nothing else."""
    title = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dispatch platform"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Dispatch authority {now:%Y-%m-%d} {names.dns[0]}"[:64]),
        ]
    )
    public = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _dated(x509.CertificateBuilder(), now, AUTHORITY_DAYS)
        .subject_name(title)
        .issuer_name(title)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(public, critical=False)
        # RFC 5280 4.2.1.10: whoever steals this key cannot speak for the rest of the world.
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
        .sign(key, hashes.SHA256())
    )


def new_server_certificate(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    server_key: ec.EllipticCurvePublicKey,
    names: Names,
    now: datetime,
) -> x509.Certificate:
    """For one year, and not longer than the authority itself."""
    refuse_names_outside(authority, names)
    ends = authority.not_valid_after_utc
    days = min(SERVER_DAYS, (ends - now).days)
    if days < 1:
        raise NameRefused("authority_ended", f"The authority itself ends on {ends:%Y-%m-%d}: make a new one.")
    return (
        _dated(x509.CertificateBuilder(), now, days)
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.dns[0][:64])]))
        .issuer_name(authority.subject)
        .public_key(server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names.general()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(server_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def refuse_names_outside(authority: x509.Certificate, names: Names) -> None:
    """NameRefused for a name that browsers would not believe from this authority."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    domains = [entry.value for entry in permitted if isinstance(entry, x509.DNSName)]
    values = [entry.value for entry in permitted if isinstance(entry, x509.IPAddress)]
    networks = [value for value in values if isinstance(value, Network)]
    outside = [name for name in names.dns if not any(name == d or name.endswith(f".{d}") for d in domains)]
    outside += [str(a) for a in names.addresses if not any(a in network for network in networks)]
    if outside:
        sentence = f"{', '.join(outside)}: not for this authority. Cure: dispatch-server tls init --replace"
        raise NameRefused("name_outside", sentence)


def names_in(certificate: x509.Certificate) -> Names:
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Names(
        tuple(held.get_values_for_type(x509.DNSName)),
        tuple(a for a in held.get_values_for_type(x509.IPAddress) if isinstance(a, Address)),
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 in pairs of hex digits, as browsers and phones show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _permitted(names: Names) -> list[x509.GeneralName]:
    networks = [ipaddress.ip_network(network) for network in PRIVATE]
    public = [ipaddress.ip_network(a) for a in names.addresses if not any(a in network for network in networks)]
    return [*map(x509.DNSName, names.dns), *map(x509.IPAddress, (*networks, *public))]


def _dated(builder: x509.CertificateBuilder, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
