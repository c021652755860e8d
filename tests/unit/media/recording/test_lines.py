"""Lines that a writer made are an index that verifies."""

from dispatch_server.media.recording.fmp4 import Run
from dispatch_server.media.recording.jobs import BeginSegment, KeepFragment
from dispatch_server.media.recording.lines import Lines, fragment_of, head_of
from dispatch_server.protocol.footage import GENESIS, FragmentEntry, GapEntry, verify_segment

BEGIN = BeginSegment(1_000_000, None, "main")


def second_of_sound(utc_us: int, filled: int = 0) -> KeepFragment:
    return KeepFragment(utc_us, 1_000_000, False, False, None, Run(0, [b"\xf8"] * 50, [960] * 50), filled, 100)


def test_a_batch_is_proved_by_its_bytes() -> None:
    lines = Lines(GENESIS)
    head, media = head_of(BEGIN, "recording-1", 1, "000001.mp4", 1_000_000, lines.chain)
    lines.add(head, media)
    lines.add(GapEntry(500_000, 1_000_000, "silent"))
    for number in (1, 2):
        entry, data = fragment_of(BEGIN, second_of_sound(number * 1_000_000, filled=3), number, len(media))
        lines.add(entry, data)
        media += data
    verdict = verify_segment(lines.data, lambda at, size: media[at : at + size], GENESIS)
    assert verdict.problems == () and verdict.chain == lines.chain and verdict.end == len(media)
    fragments = [line.entry for line in verdict.lines if isinstance(line.entry, FragmentEntry)]
    assert [(one.number, one.sound, one.filled, one.video) for one in fragments] == [(1, 47, 3, 0), (2, 47, 3, 0)]


def test_the_next_batch_follows() -> None:
    first = Lines(GENESIS)
    head, media = head_of(BEGIN, "recording-1", 1, "000001.mp4", 1_000_000, first.chain)
    first.add(head, media)
    second = Lines(first.chain)
    second.add(*fragment_of(BEGIN, second_of_sound(1_000_000), 1, len(media)))
    assert verify_segment(first.data + second.data, None).problems == ()
    assert verify_segment(second.data + first.data, None).problems != ()
