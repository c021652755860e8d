"""The bounds of this room, as settings give them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignalLimits:
    message_bytes: int = 65_536
    messages_per_s: int = 50
    ping_s: float = 20.0
    hello_s: float = 10.0
    handler_s: float = 10.0
    resume_s: float = 120.0
    outbox_messages: int = 256
    outbox_characters: int = 262_144
    lines: int = 1_500
    lines_per_holder: int = 8
    receipts: int = 256
    control_messages: int = 64  # answers that need no number: pong, error
    known_events: int = 4_096  # identities by which a repeated delivery of the bus is known
    farewell_s: float = 1.0  # how long a connection that ends may take to be told so
