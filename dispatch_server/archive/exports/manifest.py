"""The list of all that is in a package, signed by the node's evidence key (pure)."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dispatch_server.archive.exports.digests import SLICE_BYTES, Digests
from dispatch_server.archive.exports.ports import EvidenceKeyPort
from dispatch_server.protocol.seals import PublicKey

FORM = "dispatch.export.manifest.v1"
SIGNATURE_FORM = "dispatch.export.signature.v1"
MANIFEST, SIGNATURE, CUSTODY, COVERAGE = "manifest.json", "manifest.sig", "custody.json", "coverage.json"
SHEET, PAGE, TRANSCRIPT = "数据说明.pdf", "核验.html", "文字稿/文字稿（待填写）.txt"
RECORDINGS = "recordings"
MANIFEST_LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class ManifestRecording:
    """What the manifest says of one recording: its size, the head of its chain, whether it is sealed and by whom."""

    id: str
    segments: int
    fragments: int
    chain: str
    sealed: bool
    key: str


@dataclass(frozen=True, slots=True)
class Heading:
    """What the package is, beside its files."""

    export: str
    made_utc_us: int
    requested_by: str
    approved_by: str
    purpose: str
    recipient: str
    department: str


def _file(path: str, digests: Digests) -> dict[str, Any]:
    return {
        "path": path,
        "bytes": digests.bytes,
        "sha256": digests.sha256,
        "sm3": digests.sm3,
        "slices": list(digests.slices),
    }


def write_manifest(
    heading: Heading,
    files: Sequence[tuple[str, Digests]],
    recordings: Sequence[ManifestRecording],
    key: EvidenceKeyPort,
) -> bytes:
    form = {
        "form": FORM,
        "export": heading.export,
        "made_utc_us": heading.made_utc_us,
        "requested_by": heading.requested_by,
        "approved_by": heading.approved_by,
        "purpose": heading.purpose,
        "recipient": heading.recipient,
        "department": heading.department,
        "slice_bytes": SLICE_BYTES,
        "key": key.thumbprint,
        "keys": [dict(one) for one in key.jwks()],
        "recordings": [
            {
                "id": one.id,
                "segments": one.segments,
                "fragments": one.fragments,
                "chain": one.chain,
                "sealed": one.sealed,
                "key": one.key,
            }
            for one in recordings
        ],
        "files": [_file(path, digests) for path, digests in files],
    }
    return json.dumps(form, ensure_ascii=False, indent=1).encode() + b"\n"


def signed_bytes(manifest: bytes) -> bytes:
    """No other document of ours begins so: a signature over this stands for nothing else."""
    return FORM.encode() + b"\n" + manifest


def write_signature(manifest: bytes, key: EvidenceKeyPort) -> bytes:
    form = {
        "form": SIGNATURE_FORM,
        "algorithm": "Ed25519",
        "key": dict(key.jwk),
        "thumbprint": key.thumbprint,
        "signature": key.sign(signed_bytes(manifest)).hex(),
    }
    return json.dumps(form, indent=1).encode() + b"\n"


def jwk_of(public: Ed25519PublicKey) -> dict[str, str]:
    """RFC 8037."""
    x = base64.urlsafe_b64encode(public.public_bytes_raw()).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def thumbprint_of(jwk: Mapping[str, Any]) -> str:
    """RFC 7638. Raises KeyError."""
    names = ("crv", "kty", "x", "y") if jwk.get("kty") == "EC" else ("crv", "kty", "x")
    plain = json.dumps({name: jwk[name] for name in names}, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(plain.encode()).digest()).decode().rstrip("=")


def public_key_of(jwk: Mapping[str, Any]) -> PublicKey:
    """An Ed25519 or a P-256 key (RFC 8037, RFC 7518 6.2). Raises KeyError, ValueError."""
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(_unpadded(jwk["x"]))
    if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
        raise ValueError("a key of a kind that is not used here")
    x, y = (int.from_bytes(_unpadded(jwk[name]), "big") for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def _unpadded(text: object) -> bytes:
    text = str(text)
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signer_of(manifest: bytes, signature: bytes) -> str | None:
    """The thumbprint of the key that signed the manifest; None when nothing that we can read did."""
    try:
        form = json.loads(signature)
        key = public_key_of(form["key"])
        if not isinstance(key, Ed25519PublicKey):
            return None
        key.verify(bytes.fromhex(form["signature"]), signed_bytes(manifest))
        thumbprint = thumbprint_of(form["key"])
        return thumbprint if form["form"] == SIGNATURE_FORM and form["thumbprint"] == thumbprint else None
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature, RecursionError):
        return None
