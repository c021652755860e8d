"""What the console is told of a recording's seal."""

from typing import Literal

from pydantic import Field

from dispatch_server.protocol.console import Message, UtcMicroseconds


class SealShown(Message):
    """As it lies in seal.json; docs/protocol.md says what each field covers."""

    form: str
    recording: str
    segments: int
    fragments: int
    chain: str
    sm3: str
    sealed_utc_us: UtcMicroseconds
    key: str
    algorithm: str
    signature: str
    card: str
    end: str


class KeyShown(Message):
    """A public key (RFC 8037, RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str | None = None
    kid: str = Field(description="RFC 7638 thumbprint.")


class RecordingProof(Message):
    recording_id: str
    state: Literal["open", "closed", "sealed", "held", "purged"]
    seal: SealShown | None = Field(description="Null before it is sealed.")
    key: KeyShown | None = Field(description="The public key that signed; null when it is not known here.")
    sealed_utc_us: UtcMicroseconds | None
    stamped_utc_us: UtcMicroseconds | None = Field(description="What an outside authority (RFC 3161) says; null: none.")
    scrubbed_utc_us: UtcMicroseconds | None = Field(description="When every byte of it was last read again.")
    damage: str = Field(description="What was found then; empty: nothing.")
