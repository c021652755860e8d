"""Frames without pictures: what recorder and writer see of a stream, made by hand."""

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.sink import Frame

START_US = 1_764_000_000_000_000
SMALL_SPS = bytes.fromhex("6742c00cda05067e7840000003004000000ca3c50aa8")  # 320 x 180
LARGE_SPS = bytes.fromhex("6742c01eda0280bfe584000003000400000300ca3c58ba80")  # 640 x 360
PPS = bytes.fromhex("68ce0fc8")


def picture(
    at_us: int,
    key: bool = False,
    sps: bytes = SMALL_SPS,
    layer: Layer = Layer.MAIN,
    ticks: int | None = None,
    size: int = 100,
    after_gap: bool = False,
) -> Frame:
    """At so many microseconds from the start."""
    given = 5_000 + at_us * 9 // 100 if ticks is None else ticks
    data = size.to_bytes(4, "big") + bytes(size)
    return Frame(Kind.VIDEO, layer, given, START_US + at_us, data, key, (sps, PPS) if key else None, after_gap)


def packet(at_us: int, ticks: int | None = None, data: bytes = b"\xf8voice") -> Frame:
    given = 9_000 + at_us * 48 // 1000 if ticks is None else ticks
    return Frame(Kind.AUDIO, Layer.SOUND, given, START_US + at_us, data, True, None, False)


def pictures(from_us: int, to_us: int, gop_us: int = 2_000_000, step_us: int = 40_000, **more: object) -> list[Frame]:
    return [picture(at, at % gop_us == 0, **more) for at in range(from_us, to_us, step_us)]  # type: ignore[arg-type]


def packets(from_us: int, to_us: int) -> list[Frame]:
    return [packet(at) for at in range(from_us, to_us, 20_000)]


def in_order(*streams: list[Frame]) -> list[Frame]:
    """As they would arrive."""
    everything = [frame for stream in streams for frame in stream]
    return sorted(everything, key=lambda frame: (frame.utc_us, frame.kind is Kind.AUDIO))
