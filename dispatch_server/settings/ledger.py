"""Settings of the ledger of acts and of the witnesses that hold its signed heads."""

from typing import Self

from pydantic import Field, model_validator

from dispatch_server.kit.redact import Secret
from dispatch_server.settings.section import Bytes, Count, Seconds, SecretText, Section


class LedgerSettings(Section):
    """The ledger of acts, its journal and its witnesses."""

    wait_s: Seconds = Field(2.5, description="Longest wait of an act for its turn; then what it tells of is refused.")
    queue: Count = Field(2000, description="Acts that wait for their turn; more are refused.")
    head_s: Seconds = Field(60, description="How often the head of the tree is signed and sent to the witnesses.")
    head_acts: Count = Field(1000, description="After so many new acts it is signed at once.")
    journal_queue: Count = Field(20_000, description="Acts that wait to be written to the journal.")
    journal_bytes: Bytes = Field(
        67_108_864,
        description="Largest journal; when it is full as well, further acts are lost, and counted.",
    )
    witness_file: str = Field(
        "", description="Signed heads are appended to this file, best on a medium that nobody here can change."
    )
    witness_url: str = Field("", description="Signed heads are POSTed to this address (https) of another host.")
    witness_token: SecretText = Field(Secret(""), description="Bearer token for witness_url.")
    witness_ca: str = Field("", description="PEM file with the CA of witness_url and tsa_url; empty: the system's.")
    witness_queue: Count = Field(1000, description="Heads that wait for a witness; the oldest give way.")
    witness_s: Seconds = Field(10, description="Longest wait for the answer of a witness.")
    tsa_url: str = Field("", description="Time-stamping authority (RFC 3161) that stamps signed heads.")
    tsa_ca: str = Field("", description="PEM file with the root certificates of that authority.")
    tsa_s: Seconds = Field(3600, description="How often a head is stamped.")

    @model_validator(mode="after")
    def _token_only_over_tls(self) -> Self:
        if self.witness_url and not self.witness_url.startswith(("https://", "http://127.0.0.1", "http://[::1]")):
            raise ValueError("witness_url must be https")
        return self

    @model_validator(mode="after")
    def _authority_with_its_roots(self) -> Self:
        if self.tsa_url and not self.tsa_ca:
            raise ValueError("tsa_url needs tsa_ca: a stamp that nobody can check proves nothing")
        return self
