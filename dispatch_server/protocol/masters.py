"""What a terminal and the server say to each other of masters: keys, registering, indexes, standing, receipts, ends."""

import json
from typing import Annotated, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import Field

from dispatch_server.protocol.terminal import Message, PublicJwk, TerminalNumber, UtcMicroseconds

INDEX_TYPE = "application/jsonl"
INDEX_LIMIT_BYTES = 2 << 20  # of one segment's index
CHANGES_AT_MOST = 100  # of evidence keys that a terminal is told of
SEGMENTS_AT_MOST = 20_000  # of one master: two weeks of minutes

Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="32 bytes in hexadecimal digits.")]
Signature = Annotated[str, Field(pattern=r"^[0-9a-f]{128}$", description="64 bytes in hexadecimal digits.")]
Thumbprint = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="RFC 7638, of SHA-256.")]
MasterId = Annotated[
    str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", description="UUIDv7.")
]
SegmentNumber = Annotated[int, Field(ge=1, le=SEGMENTS_AT_MOST)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class KeyChange(Message):
    """A line of the server's record of evidence keys: introduced by the one that signed it, the first by itself."""

    form: Literal["dispatch.evidence-key.v1"] = "dispatch.evidence-key.v1"
    jwk: PublicJwk
    thumbprint: Thumbprint
    since_utc_us: UtcMicroseconds
    signed_by: Thumbprint
    signature: Signature


class FootageKey(Message):
    """
    To which key a terminal seals its footage, and by which one receipts are signed. A terminal pins both: another
    footage key holds when the evidence key signed it, another evidence key when `changes` lead to it from the pinned.
    """

    form: Literal["dispatch.footage.key.v1"] = "dispatch.footage.key.v1"
    key_id: Thumbprint
    public_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$", description="X25519 (RFC 7748), base64url.")]
    evidence_key: PublicJwk
    evidence_key_id: Thumbprint
    signature: Signature
    changes: list[KeyChange] = Field(default_factory=list, max_length=CHANGES_AT_MOST)


class MasterCard(Message):
    """`recording.json` of a master as it lies on the terminal. The server's register has the word on the department."""

    format: Literal[1] = 1
    id: MasterId
    stream_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    source: TerminalNumber
    department: Short = ""
    opened_utc_us: UtcMicroseconds
    layer: Literal["main", "sub"] = "main"
    origin: Literal["terminal"] = "terminal"
    enforcement: Annotated[str, Field(max_length=36, pattern=r"^[A-Za-z0-9-]*$")] = ""
    device_key: Thumbprint
    clock_offset_us: Annotated[int, Field(gt=-(2**53), lt=2**53)] = 0


class SegmentIndexed(Message):
    """The segment's index is kept: its chain follows the segment before, and its media may be uploaded."""

    recording: MasterId
    segment: SegmentNumber
    bytes: Count = Field(description="Of the plain media file that it describes.")
    chain: Hex64


class Receipt(Message):
    """
    The server has this segment durably, its bytes agree with its index, and it plays. Signed by the node's evidence
    key (Ed25519): on this, and on nothing else, a terminal gives up its copy.
    """

    form: Literal["dispatch.segment.receipt.v1"] = "dispatch.segment.receipt.v1"
    recording: MasterId
    segment: SegmentNumber
    bytes: Count = Field(description="Of the plain segment file.")
    digest: Hex64 = Field(description="SHA-256 of the plain segment file.")
    chain: Hex64 = Field(description="The last line's of the segment's index.")
    utc_us: UtcMicroseconds
    key_id: Thumbprint
    signature: Annotated[str, Field(pattern=r"^([0-9a-f]{128})?$")] = ""


class UploadUnderWay(Message):
    """One that was begun for this master and is not complete: it goes on at `location`."""

    segment: SegmentNumber
    location: Annotated[str, Field(max_length=200)]
    offset: Count
    length: Count
    expires_utc_us: UtcMicroseconds


class MasterStanding(Message):
    """What the server has of a master, and what it wants next."""

    recording: MasterId
    state: Literal["open", "closed", "sealed", "held", "purged"]
    indexed: list[SegmentNumber] = Field(description="Whose index is kept.")
    wanted: list[SegmentNumber] = Field(description="Of these the media is lacking; what is worth most comes first.")
    receipts: list[Receipt]
    uploads: list[UploadUnderWay]
    server_utc_us: UtcMicroseconds


class MasterClosing(Message):
    """`closed.json` of a master."""

    closed_utc_us: UtcMicroseconds
    reason: Short
    fragments: Count
    chain: Hex64
    missing_from_utc_us: UtcMicroseconds = 0


class MasterSeal(Message):
    """`seal.json` of a master: protocol.seals.Seal, signed by the device's key."""

    form: Literal["dispatch.recording.seal.v1"]
    recording: MasterId
    segments: Count
    fragments: Count
    chain: Hex64
    sm3: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    sealed_utc_us: UtcMicroseconds
    key: Thumbprint
    algorithm: Literal["Ed25519", "ES256"]
    signature: Signature
    card: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    end: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class MasterEnd(Message):
    """Nothing more is added to this master. Segments that are still lacking may come later."""

    end: MasterClosing
    seal: MasterSeal


def signed_part(of: FootageKey | Receipt | KeyChange) -> bytes:
    """What the signature is over: JSON with sorted keys, no spaces, integers and text only (as RFC 8785)."""
    signed = {"form", "key_id", "public_key", "evidence_key_id"} if isinstance(of, FootageKey) else None
    plain = of.model_dump(include=signed, exclude=None if signed else {"signature"}, exclude_none=True)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_signed(of: FootageKey | Receipt | KeyChange, key: Ed25519PublicKey) -> bool:
    """Whether this evidence key signed it."""
    return _holds(signed_part(of), of.signature, key)


def _holds(data: bytes, signature: str, key: Ed25519PublicKey) -> bool:
    try:
        key.verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True
