"""What a device is given when it enrols: its place in the register, and the keys that it needs without a network."""

from pydantic import Field

from dispatch_server.protocol.masters import FootageKey
from dispatch_server.protocol.terminal import Message, TerminalNumber, UtcMicroseconds


class EnrolAnswer(Message):
    number: TerminalNumber
    name: str
    department: str = Field(description="Path.")
    key_id: str = Field(description="How the server calls the key; its assertions name it by its RFC 7638 thumbprint.")
    audience: str = Field(description="`aud` of those assertions: this server's public URL.")
    server_utc_us: UtcMicroseconds
    heartbeat_s: float
    signals_path: str = Field(description="Where the terminal's WebSocket opens.")
    footage_key: FootageKey | None = Field(
        default=None,
        description="As of /api/v1/terminal/footage-key, to be pinned: a device records from now on, "
        "also when it never sees this server again.",
    )
