"""A short piece of encoded picture and sound, packetised once and sent again and again."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

from dispatch_server.media.abilities import Layer

_UNIT = struct.Struct("!BIBH")
_PAYLOAD = struct.Struct("!HB")
_MAGIC = b"DCLIP1"
_LAYERS = (Layer.MAIN, Layer.SUB, Layer.SOUND)
# Raised whenever the scene or the encoding changes: older files are then made again.
EDITION = 2
CLOCK_RATE = {Layer.MAIN: 90_000, Layer.SUB: 90_000, Layer.SOUND: 48_000}


def clip_path(folder: Path, terminal: str) -> Path:
    return folder / f"{terminal}-{EDITION}.clip"


@dataclass(frozen=True, slots=True)
class Unit:
    """One access unit or Opus packet: RTP ticks from the clip's start, and (payload, marker) pairs."""

    ticks: int
    is_key: bool
    payloads: tuple[tuple[bytes, bool], ...]


@dataclass(slots=True)
class Clip:
    """All layers of one clip; every layer lasts `duration_ms`, so that it can be repeated without a seam."""

    duration_ms: int
    units: dict[Layer, list[Unit]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Whole or not at all: other processes may read it."""
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(_MAGIC + struct.pack("!I", self.duration_ms))
            for layer, units in self.units.items():
                for unit in units:
                    file.write(_UNIT.pack(_LAYERS.index(layer), unit.ticks, unit.is_key, len(unit.payloads)))
                    for payload, marker in unit.payloads:
                        file.write(_PAYLOAD.pack(len(payload), marker))
                        file.write(payload)
        unfinished.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Clip":
        """Raises ValueError for a file that is no clip."""
        data = path.read_bytes()
        if data[: len(_MAGIC)] != _MAGIC:
            raise ValueError(f"{path} is no clip; delete it and it will be made again")
        clip = cls(struct.unpack_from("!I", data, len(_MAGIC))[0])
        position = len(_MAGIC) + 4
        while position < len(data):
            layer, ticks, is_key, count = _UNIT.unpack_from(data, position)
            position += _UNIT.size
            payloads = []
            for _ in range(count):
                size, marker = _PAYLOAD.unpack_from(data, position)
                position += _PAYLOAD.size
                payloads.append((data[position : position + size], bool(marker)))
                position += size
            clip.units.setdefault(_LAYERS[layer], []).append(Unit(ticks, bool(is_key), tuple(payloads)))
        return clip
