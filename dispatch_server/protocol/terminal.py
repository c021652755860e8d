"""What a terminal and the server say to each other: enrolment, tokens, heartbeats, shifts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

UtcMicroseconds = Annotated[int, Field(ge=0, le=2**53, description="Microseconds since 1970-01-01 UTC.")]
Text80 = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
TerminalNumber = Annotated[str, Field(pattern=r"^T\d{4}$")]
OneTimeCode = Annotated[
    str, Field(min_length=12, max_length=40, description="Hyphens and small letters do not matter.")
]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class TerminalAccess(BaseModel):
    """One terminal's way in: it publishes at /whip/{number} with its key."""

    model_config = ConfigDict(extra="forbid")

    number: str
    department: str
    publish_key: str = Field(repr=False)


class TerminalAccessFile(RootModel[list[TerminalAccess]]):
    """The file (mode 0600) from which simulated terminals read their keys in development mode."""


class PublicJwk(Message):
    """RFC 7517, RFC 8037: a P-256 or Ed25519 public key. A private member (`d`) is refused like any other."""

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: str = Field(max_length=64)
    y: str | None = Field(default=None, max_length=64)

    def members(self) -> dict[str, str]:
        """Without what is not there."""
        return {name: value for name, value in self.model_dump().items() if value is not None}


class DeviceFacts(Message):
    model: Text80 = ""
    serial: Text80 = ""
    system: Text80 = ""
    version: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class EnrolRequest(Message):
    code: OneTimeCode
    number: TerminalNumber | None = Field(default=None, description="When the device knows it: the code must agree.")
    public_key: PublicJwk
    device: DeviceFacts = DeviceFacts()


class TokenAnswer(Message):
    """RFC 6749 section 5.1."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(description="Seconds.")


class RollOverRequest(Message):
    """The old key signs the new one (`cnf.jwk`), the new one signs that it is there."""

    by_old: str = Field(min_length=1, max_length=4096)
    by_new: str = Field(min_length=1, max_length=4096)


class RollOverAnswer(Message):
    key_id: str
    server_utc_us: UtcMicroseconds


class TerminalMediaTokenRequest(Message):
    fingerprint: str = Field(
        pattern=r"^sha-(256|384|512) [0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31,63}$",
        description="The a=fingerprint of the offer to come: the token is for that certificate alone.",
    )


class PositionFix(Message):
    """WGS-84."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0, le=1e6)
    utc_us: UtcMicroseconds | None = None


class LedgerHead(Message):
    """A signed head of the ledger, which every terminal keeps as a witness; bytes in hexadecimal."""

    form: str = Field(max_length=64)
    tree: str = Field(max_length=64)
    algorithm: str = Field(max_length=32)
    log_id: str = Field(max_length=64)
    number: int = Field(ge=0, le=2**53)
    size: int = Field(ge=0, le=2**53)
    root: str = Field(max_length=128)
    utc_us: UtcMicroseconds
    key: str = Field(max_length=128)
    signature: str = Field(max_length=256)


class Heartbeat(Message):
    """Every `heartbeat_s`; what the device does not know it leaves out."""

    battery_percent: float | None = Field(default=None, ge=0, le=100)
    charging: bool | None = None
    storage_free_bytes: int | None = Field(default=None, ge=0, le=2**53)
    storage_total_bytes: int | None = Field(default=None, ge=0, le=2**53)
    signal_dbm: float | None = Field(default=None, ge=-200, le=50)
    signal_bars: int | None = Field(default=None, ge=0, le=5)
    network: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    temperature_c: float | None = Field(default=None, ge=-100, le=200)
    version: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")] | None = None
    clock: UtcMicroseconds | None = Field(default=None, description="The device's own clock when this was sent.")
    round_trip_us: int | None = Field(default=None, ge=0, le=600_000_000, description="Of the heartbeat before.")
    position: PositionFix | None = None
    held_head: LedgerHead | None = Field(default=None, description="The newest head that this terminal keeps.")


class HeartbeatAnswer(Message):
    server_utc_us: UtcMicroseconds
    clock_offset_us: int | None = Field(default=None, description="The device's clock minus the server's, as measured.")
    officers: list[str] = Field(default=[], description="Who carries this terminal now, by name.")
    head: LedgerHead | None = None


class ShiftLogin(Message):
    """By a code that the console shows, or by the officer's number and PIN."""

    code: OneTimeCode | None = None
    officer: str | None = Field(default=None, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
    pin: str | None = Field(default=None, min_length=1, max_length=12, repr=False)


class CurrentShift(Message):
    officer: str
    officer_name: str
    begun_utc_us: UtcMicroseconds
    ends_utc_us: UtcMicroseconds


class CurrentShifts(Message):
    shifts: list[CurrentShift]
