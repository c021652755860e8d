"""What the database knows of a recording: folders that somebody rewrote whole do not say the same (pure)."""

from dataclasses import asdict, dataclass

from dispatch_server.archive.model import Origin, Recording, State
from dispatch_server.archive.seals.model import Findings, Kind, Place, Sealed, Standing
from dispatch_server.archive.seals.whole import WholeRecording
from dispatch_server.protocol.seals import Seal


@dataclass(frozen=True, slots=True)
class Announced:
    """A segment of a terminal's master: `chain` is its last line's, hex; `is_here`: it has a receipt."""

    number: int
    chain: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Known:
    """`is_copied`: all of it was copied to the bucket, so that media may be missing here."""

    recording: Recording
    sealed: Sealed | None = None
    announced: tuple[Announced, ...] = ()
    is_copied: bool = False

    @property
    def is_master(self) -> bool:
        return self.recording.card.origin == Origin.TERMINAL

    @property
    def is_sealed(self) -> bool:
        """Whether a seal must lie there; what was held before it had one has none yet."""
        return self.recording.state is State.SEALED or (self.sealed is not None and bool(self.sealed.key))

    def lacking(self) -> frozenset[int]:
        """Segments that were announced, and whose bytes are still on their way."""
        return frozenset(one.number for one in self.announced if not one.is_here)


def compare(found: Findings, whole: WholeRecording, known: Known) -> None:
    """Tells what the folders say otherwise than the database."""
    recording, seal = known.recording, found.seal
    if known.is_sealed and found.standing is not Standing.SEALED:
        found.fault(Kind.SEAL, f"it was sealed, and its folder says that it is {found.standing}")
    if seal is not None and known.sealed is not None and known.sealed.key and not _is_same(seal, known.sealed):
        found.fault(Kind.SEAL, "its seal is not the one that is on record")
    if whole.card is not None and whole.card != recording.card:
        mine, other = asdict(recording.card), asdict(whole.card)
        wrong = ", ".join(sorted(name for name in mine if mine[name] != other[name]))
        found.fault(Kind.CARD, f"its card says otherwise than the database: {wrong}")
    if known.is_master:
        _compare_master(found, whole, known)
    if not known.is_copied:
        for number in whole.away:
            found.fault(Kind.MEDIA, "its media file is gone, and no copy in the bucket is on record", Place(number))


def _compare_master(found: Findings, whole: WholeRecording, known: Known) -> None:
    end, recording = whole.end, known.recording
    if end is not None and (end.closed_utc_us, end.reason[:200]) != (recording.closed_utc_us, recording.reason):
        found.fault(Kind.END, "its end says otherwise than the database")
    chains = {segment.number: {line.chain.hex() for line in segment.walked.lines} for segment in whole.segments}
    for one in known.announced:
        if one.is_here and one.number not in chains:
            found.fault(Kind.CHAIN, "it came and had a receipt, and is gone", Place(one.number))
        elif one.is_here and one.chain not in chains[one.number]:
            found.fault(Kind.CHAIN, "its chain is not the one that was announced", Place(one.number))


def _is_same(seal: Seal, on_record: Sealed) -> bool:
    return (seal.chain, seal.key, seal.sealed_utc_us, seal.sm3) == (
        on_record.chain,
        on_record.key,
        on_record.sealed_utc_us,
        on_record.sm3,
    )
