"""What the recorder asks of the writer, in order; plain data that crosses from the loop to a thread."""

from dataclasses import dataclass

from dispatch_server.media.recording.fmp4 import Run


@dataclass(frozen=True, slots=True)
class BeginSegment:
    utc_us: int
    parameter_sets: tuple[bytes, bytes] | None  # None: sound only
    layer: str


@dataclass(frozen=True, slots=True)
class KeepFragment:
    utc_us: int
    duration_us: int
    key: bool
    lost: bool
    video: Run | None
    sound: Run | None
    filled: int
    bytes: int  # about what it occupies in memory and on disk


@dataclass(frozen=True, slots=True)
class DeclareGap:
    from_utc_us: int
    to_utc_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class CloseRecording:
    utc_us: int
    reason: str


Job = BeginSegment | KeepFragment | DeclareGap | CloseRecording
