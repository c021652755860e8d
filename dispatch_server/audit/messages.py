"""What the audit administrator is told of the ledger over HTTP."""

from typing import Literal

from pydantic import Field

from dispatch_server.protocol.console import Message, UtcMicroseconds

Hexadecimal = str


class ActEntry(Message):
    index: int = Field(description="Its place in the ledger, from 0.")
    id: str
    utc_us: UtcMicroseconds
    actor: str = Field(description="person:ID, terminal:NUMBER or system.")
    actor_name: str
    action: str
    subject: str
    department: str
    outcome: Literal["done", "begun", "refused", "failed"]
    address: str
    session: str
    detail: dict[str, str | int | bool | None]


class ActList(Message):
    acts: list[ActEntry]
    next_cursor: str | None
    server_utc_us: UtcMicroseconds


class SignedHeadMessage(Message):
    """The ledger at one moment: whoever keeps this can tell later whether it was shortened or changed."""

    form: Literal["dispatch-ledger-head/1"]
    tree: Literal["rfc9162-sha256"]
    algorithm: Literal["ed25519"]
    log_id: str
    number: int = Field(description="Heads of the log are counted from 1.")
    size: int = Field(description="How many acts it covers.")
    root: Hexadecimal
    utc_us: UtcMicroseconds
    key: Hexadecimal = Field(description="Raw public key.")
    signature: Hexadecimal = Field(description="Over the canonical JSON (RFC 8785) of all other members.")


class ActProof(Message):
    entry: ActEntry
    line: str = Field(description="The canonical JSON whose hash is the leaf.")
    proof: list[Hexadecimal] = Field(description="RFC 9162 section 2.1.3, from the leaf to the root of `head`.")
    head: SignedHeadMessage
