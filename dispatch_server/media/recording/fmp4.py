"""Writes fragmented MP4 by stream copy: H.264 and Opus, one moof and mdat for each fragment (ISO 14496-12, -15)."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_server.media.packets.h264 import read_sps

VIDEO_ID, SOUND_ID = 1, 2
VIDEO_RATE, SOUND_RATE = 90_000, 48_000
CHANNELS = 2  # a stereo track plays mono packets too, a mono track would fold stereo ones
KEY_FLAGS, OTHER_FLAGS = 0x02000000, 0x01010000  # depends on none / depends on others and is no sync sample
HIGH_PROFILE = 100
EPOCH_1904_S = 2_082_844_800  # from the epoch of ISO 14496-12 times to 1970
EPOCH_1900_S = 2_208_988_800  # from the epoch of NTP to 1970
CAPTURED = 24  # prft flags: the time is that of capture, on a consistent clock (ISO 14496-12 8.16.5)

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


@dataclass(frozen=True, slots=True)
class Run:
    """The samples of one track in one fragment, in decoding order."""

    base: int  # decode time of the first sample, in the track's rate
    samples: Sequence[bytes]
    durations: Sequence[int]
    offsets: Sequence[int] | None = None  # presentation minus decode time, where a publisher reorders
    key: bool = True  # the first sample is a sync sample (sound: all are)


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full_box(name: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *parts)


def init_segment(parameter_sets: tuple[bytes, bytes] | None, sound: bool, utc_us: int) -> bytes:
    """ftyp and moov: everything a player must know before the first fragment."""
    created = utc_us // 1_000_000 + EPOCH_1904_S
    tracks, extends = [], []
    if parameter_sets is not None:
        tracks.append(_video_track(*parameter_sets, created))
        extends.append(_track_extends(VIDEO_ID))
    if sound:
        tracks.append(_sound_track(created))
        extends.append(_track_extends(SOUND_ID))
    header = full_box(
        b"mvhd", 1, 0,
        struct.pack(">QQIQIH10x", created, created, 1000, 0, 0x10000, 0x100), _MATRIX, bytes(24),
        struct.pack(">I", SOUND_ID + 1),
    )  # fmt: skip
    brands = box(b"ftyp", b"iso5", struct.pack(">I", 512), b"iso5iso6mp41avc1")
    return brands + box(b"moov", header, *tracks, box(b"mvex", *extends))


def _track_extends(track: int) -> bytes:
    return full_box(b"trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0))


def _track(
    track: int, rate: int, created: int, size: tuple[int, int], handler: bytes, header: bytes, entry: bytes
) -> bytes:
    volume = 0x100 if handler == b"soun" else 0
    track_header = full_box(
        b"tkhd", 1, 3,
        struct.pack(">QQI4xQ8xHHHxx", created, created, track, 0, 0, 0, volume), _MATRIX,
        struct.pack(">II", size[0] << 16, size[1] << 16),
    )  # fmt: skip
    media_header = full_box(b"mdhd", 1, 0, struct.pack(">QQIQHxx", created, created, rate, 0, 0x55C4))
    handler_box = full_box(b"hdlr", 0, 0, bytes(4), handler, bytes(12), b"dispatch\0")
    where = box(b"dinf", full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 1)))
    none = bytes(4)
    table = box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, none), full_box(b"stsc", 0, 0, none),
        full_box(b"stsz", 0, 0, none, none), full_box(b"stco", 0, 0, none),
    )  # fmt: skip
    return box(b"trak", track_header, box(b"mdia", media_header, handler_box, box(b"minf", header, where, table)))


def _video_track(sps: bytes, pps: bytes, created: int) -> bytes:
    picture = read_sps(sps)
    record = bytes((1, *sps[1:4], 0xFF, 0xE1))  # AVCDecoderConfigurationRecord, ISO 14496-15 5.3.3.1
    record += struct.pack(">H", len(sps)) + sps + b"\1" + struct.pack(">H", len(pps)) + pps
    if picture.profile_idc == HIGH_PROFILE:
        record += b"\xfd\xf8\xf8\0"  # 4:2:0, 8 bits: nothing else is negotiated
    entry = box(
        b"avc1",
        struct.pack(">6xH16xHHIIxxxxH32xHH", 1, picture.width, picture.height, 0x480000, 0x480000, 1, 24, 0xFFFF),
        box(b"avcC", record),
    )  # fmt: skip
    header = full_box(b"vmhd", 0, 1, bytes(8))
    return _track(VIDEO_ID, VIDEO_RATE, created, (picture.width, picture.height), b"vide", header, entry)


def _sound_track(created: int) -> bytes:
    # Opus in ISOBMFF 4.3.2: no pre-skip, for a recording begins in mid-speech and all of it counts
    specific = box(b"dOps", struct.pack(">BBHIhB", 0, CHANNELS, 0, SOUND_RATE, 0, 0))
    entry = box(b"Opus", struct.pack(">6xH8xHHxxxxI", 1, CHANNELS, 16, SOUND_RATE << 16), specific)
    header = full_box(b"smhd", 0, 0, bytes(4))
    return _track(SOUND_ID, SOUND_RATE, created, (0, 0), b"soun", header, entry)


def fragment(number: int, video: Run | None, sound: Run | None, video_utc_us: int | None) -> bytes:
    """prft (when the video's server UTC is given), moof and mdat of one fragment."""
    runs = [(VIDEO_ID, video), (SOUND_ID, sound)]
    present = [(track, run) for track, run in runs if run is not None and run.samples]
    sizes = [sum(map(len, run.samples)) for _, run in present]
    moof_bytes = 8 + 16 + sum(_track_fragment_bytes(track, run) for track, run in present)
    offset = moof_bytes + 8
    trafs = []
    for (track, run), size in zip(present, sizes, strict=True):
        trafs.append(_track_fragment(track, run, offset))
        offset += size
    parts = [_reference_time(video, video_utc_us)] if video is not None and video_utc_us is not None else []
    parts.append(box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", number)), *trafs))
    parts.append(struct.pack(">I4s", 8 + sum(sizes), b"mdat"))
    for _, run in present:
        parts.extend(run.samples)
    return b"".join(parts)


def _reference_time(video: Run, utc_us: int) -> bytes:
    seconds, micros = divmod(utc_us, 1_000_000)
    ntp = ((seconds + EPOCH_1900_S) & 0xFFFFFFFF) << 32 | (micros << 32) // 1_000_000
    return full_box(b"prft", 1, CAPTURED, struct.pack(">IQQ", VIDEO_ID, ntp, video.base))


def _fields(track: int, run: Run) -> int:
    """The trun flags; sample duration and size always, the others where they say something."""
    first_flags = 0x4 if track == VIDEO_ID and run.key else 0
    return 0x301 | first_flags | (0x800 if run.offsets is not None else 0)


def _track_fragment_bytes(track: int, run: Run) -> int:
    each = 12 if run.offsets is not None else 8
    run_bytes = 20 + each * len(run.samples) + (4 if _fields(track, run) & 0x4 else 0)
    return 8 + 20 + 20 + run_bytes  # traf, tfhd, tfdt, trun


def _track_fragment(track: int, run: Run, data_offset: int) -> bytes:
    default_flags = KEY_FLAGS if track == SOUND_ID else OTHER_FLAGS
    header = full_box(b"tfhd", 0, 0x020020, struct.pack(">II", track, default_flags))  # default-base-is-moof
    decode_time = full_box(b"tfdt", 1, 0, struct.pack(">Q", run.base))
    fields, count = _fields(track, run), len(run.samples)
    parts = [struct.pack(">Ii", count, data_offset)]
    if fields & 0x4:
        parts.append(struct.pack(">I", KEY_FLAGS))
    sizes = map(len, run.samples)
    if run.offsets is None:
        table = [value for pair in zip(run.durations, sizes, strict=True) for value in pair]
        parts.append(struct.pack(f">{2 * count}I", *table))
    else:
        for row in zip(run.durations, sizes, run.offsets, strict=True):
            parts.append(struct.pack(">IIi", *row))
    return box(b"traf", header, decode_time, full_box(b"trun", 1, fields, *parts))
