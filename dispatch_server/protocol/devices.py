"""What the console and the server say about terminals: the register, codes, shifts, health."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dispatch_server.protocol.terminal import DeviceFacts, PositionFix, TerminalNumber, UtcMicroseconds

DeviceState = Literal["registered", "enrolled", "online", "lost", "revoked", "retired"]
TroubleName = Literal["battery_low", "storage_low", "signal_weak", "too_hot", "clock_wrong"]
Label = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
DepartmentPath = Annotated[str, Field(max_length=64, pattern=r"^(\d\d(/\d\d){0,4})?$")]
Reason = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
OfficerId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Message(BaseModel):
    """An unknown member in a request is an error: it is a misspelt one."""

    model_config = ConfigDict(extra="forbid")


class DeviceHealth(Message):
    """Figures of one heartbeat; what the device does not know is null."""

    utc_us: UtcMicroseconds
    battery_percent: float | None
    charging: bool | None
    storage_free_bytes: int | None
    storage_total_bytes: int | None
    signal_dbm: float | None
    signal_bars: int | None
    network: str | None
    temperature_c: float | None
    version: str | None
    clock_offset_us: int | None = Field(description="The device's clock minus the server's.")
    clock_error_us: int | None = Field(description="By how much that may be wrong at most.")
    position: PositionFix | None
    troubles: list[TroubleName]


class ShiftEntry(Message):
    officer: str
    officer_name: str
    begun_utc_us: UtcMicroseconds
    ends_utc_us: UtcMicroseconds
    issued_by: str
    how: Literal["desk", "code", "pin"]
    ended_utc_us: UtcMicroseconds | None
    reason: str


class DeviceEntry(Message):
    number: TerminalNumber
    name: str
    name_en: str
    department: str = Field(description="Path.")
    department_name: str
    state: DeviceState
    since_utc_us: UtcMicroseconds
    seen_utc_us: UtcMicroseconds | None
    reason: str = Field(description="Why it was revoked or retired.")
    device: DeviceFacts
    key_since_utc_us: UtcMicroseconds | None
    key_thumbprint: str | None
    health: DeviceHealth | None
    shifts: list[ShiftEntry] = Field(description="Who carries it now.")


class DeviceList(Message):
    devices: list[DeviceEntry]
    server_utc_us: UtcMicroseconds


class DeviceRequest(Message):
    department: DepartmentPath
    name: Label
    name_en: Label


class DeviceChange(Message):
    """What is not given stays."""

    name: Label | None = None
    name_en: Label | None = None
    department: DepartmentPath | None = None


class DeviceReason(Message):
    reason: Reason


class OneTimeCodeIssued(Message):
    """Shown this once."""

    number: TerminalNumber
    code: str = Field(repr=False, description="To be typed.")
    uri: str = Field(repr=False, description="To be scanned.")
    svg: str = Field(repr=False, description="The QR code of it, an SVG element.")
    expires_utc_us: UtcMicroseconds
    tries: int


class ShiftRequest(Message):
    officer: OfficerId
    ends_utc_us: UtcMicroseconds | None = Field(default=None, description="None: after the usual length of a shift.")


class ShiftReturn(Message):
    officer: OfficerId | None = Field(default=None, description="None: everybody who carries it.")


class ShiftHistory(Message):
    shifts: list[ShiftEntry]


class HealthHistory(Message):
    rows: list[DeviceHealth]


class PinRequest(Message):
    pin: str = Field(min_length=6, max_length=12, repr=False)
