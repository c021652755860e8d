"""What is missing is said once, where writing goes on."""

from dispatch_server.media.recording.fmp4 import Run
from dispatch_server.media.recording.jobs import BeginSegment, DeclareGap, KeepFragment
from dispatch_server.media.recording.losses import Losses
from dispatch_server.protocol.footage import GapEntry

SOUND, PICTURE = BeginSegment(0, None, "main"), BeginSegment(0, (b"sps", b"pps"), "main")


def kept(utc_us: int, key: bool) -> KeepFragment:
    return KeepFragment(utc_us, 1_000, key, False, None, Run(0, [b"x"], [960]), 0, 10)


def test_a_gap_that_goes_on_is_one() -> None:
    losses = Losses()
    for job in (DeclareGap(10, 20, "silent"), DeclareGap(20, 30, "silent"), DeclareGap(30, 40, "publisher lost")):
        losses.declare(job)
    assert losses.before(40) == [GapEntry(10, 30, "silent"), GapEntry(30, 40, "publisher lost")]
    assert losses.missing_from_us() == 10


def test_the_first_loss_counts_until_something_is_durable_again() -> None:
    losses = Losses()
    assert losses.stop(50, "disk full") and not losses.stop(60, "disk error")
    assert losses.before(90) == [GapEntry(50, 90, "disk full")] == losses.before(90)
    assert losses.before(40) == [GapEntry(50, 50, "disk full")], "no gap ends before it begins"
    losses.cleared()
    assert not losses.writing_stopped and losses.before(99) == [] and losses.missing_from_us() == 0


def test_after_a_loss_a_key_frame_is_waited_for_where_there_is_a_picture() -> None:
    losses, jobs = Losses(), [kept(1, False), kept(2, True), kept(3, False)]
    assert losses.usable(PICTURE, jobs) == jobs
    losses.stop(0, "disk full")
    assert losses.usable(PICTURE, jobs) == jobs[1:] and losses.usable(PICTURE, jobs[:1]) == []
    assert losses.usable(SOUND, jobs) == jobs
