"""Index lines in the making, for whoever writes a recording: nothing of them counts before all files are synced."""

from dispatch_server.media.recording import fmp4
from dispatch_server.media.recording.jobs import BeginSegment, KeepFragment
from dispatch_server.protocol.footage import (
    ALGORITHMS,
    FORMAT,
    Entry,
    FragmentEntry,
    SegmentHead,
    canonical,
    prove,
)

ALGORITHM = "sha-256"
SOUND_CODEC = "opus"


class Lines:
    """One batch: `data` goes behind what the index holds, and `chain` is its last link then."""

    def __init__(self, chain: bytes) -> None:
        self.chain = chain
        self._lines: list[bytes] = []

    @property
    def data(self) -> bytes:
        return b"".join(self._lines)

    def add(self, entry: Entry, described: bytes = b"") -> bytes:
        """The digest of what the entry describes."""
        metadata, hash_bytes = canonical(entry), ALGORITHMS[ALGORITHM]
        digest = hash_bytes(described)
        self.chain = hash_bytes(self.chain + digest + metadata)
        self._lines.append(prove(metadata, digest, self.chain))
        return digest


def head_of(begin: BeginSegment, recording: str, number: int, file: str, utc_us: int, chain: bytes) -> tuple[
    SegmentHead, bytes
]:  # fmt: skip
    """A segment's first line, and the initialisation part that it describes."""
    sets = begin.parameter_sets
    data = fmp4.init_segment(sets, True, utc_us)
    video = f"avc1.{sets[0][1:4].hex()}" if sets is not None else ""
    head = SegmentHead(
        FORMAT, ALGORITHM, recording, number, file, len(data), utc_us, video, SOUND_CODEC, begin.layer, chain.hex(),
    )  # fmt: skip
    return head, data


def fragment_of(begin: BeginSegment, job: KeepFragment, number: int, offset: int) -> tuple[FragmentEntry, bytes]:
    """The line of one fragment, and its bytes as they lie in the plain file."""
    data = fmp4.fragment(number, job.video, job.sound, _picture_utc_us(begin, job))
    entry = FragmentEntry(
        number, offset, len(data), job.utc_us, job.duration_us, job.key,
        _count(job.video), _count(job.sound) - job.filled, job.filled, job.lost,
    )  # fmt: skip
    return entry, data


def _count(run: fmp4.Run | None) -> int:
    return len(run.samples) if run is not None else 0


def _picture_utc_us(begin: BeginSegment, job: KeepFragment) -> int | None:
    """Server UTC of the first picture, from its place in the segment."""
    if job.video is None:
        return None
    return begin.utc_us + job.video.base * 1_000_000 // fmp4.VIDEO_RATE
