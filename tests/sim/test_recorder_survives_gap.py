"""The recorder's link is cut for seconds and the publisher comes back: one gap is declared and the rest is whole."""

from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from tests.sim.lossy_link import LossyLink
from tests.sim.stage import STREAM, Stage


def recorded(stage: Stage) -> tuple[Recorder, list[Job]]:
    jobs: list[Job] = []
    recorder = Recorder(RecorderLimits(), lambda job: jobs.append(job) is None, (Layer.MAIN,))
    stage.router.tap(STREAM, recorder, frozenset({Layer.MAIN, Layer.SOUND}))
    return recorder, jobs


def length_s(jobs: list[Job]) -> float:
    return sum(job.duration_us for job in jobs if isinstance(job, KeepFragment)) / 1_000_000


def test_one_gap_of_the_length_of_the_cut() -> None:
    stage = Stage()
    recorder, jobs = recorded(stage)
    up: LossyLink[bytes] = LossyLink(delay_s=0.02)
    publisher = stage.publish(up=up)
    assert stage.run(5, lambda: publisher.connected)
    stage.run(6)
    up.cut = True
    stage.run(5)
    up.cut = False
    stage.run(8)
    recorder.close(stage.utc_us(stage.now), "end")
    gaps = [job for job in jobs if isinstance(job, DeclareGap)]
    assert len(gaps) == 1
    # The terminal still has the last second of the cut, and is asked for it.
    assert 3.5 < (gaps[0].to_utc_us - gaps[0].from_utc_us) / 1_000_000 < 5.5
    assert length_s(jobs) > 12
    assert all(job.duration_us <= 1_300_000 for job in jobs if isinstance(job, KeepFragment))
    assert [type(job) for job in jobs].index(BeginSegment) == 0
    assert isinstance(jobs[-1], CloseRecording)
    after = next(job for job in jobs[jobs.index(gaps[0]) :] if isinstance(job, KeepFragment) and job.video)
    assert after.key, "the picture goes on without a key frame"


def test_loss_without_a_cut_declares_nothing() -> None:
    stage = Stage()
    recorder, jobs = recorded(stage)
    publisher = stage.publish(up=LossyLink(loss=0.1, delay_s=0.03, jitter_s=0.02))
    assert stage.run(10, lambda: publisher.connected)
    stage.run(10)
    recorder.close(stage.utc_us(stage.now), "end")
    assert [job for job in jobs if isinstance(job, DeclareGap)] == []
    assert 8 < length_s(jobs) < 11
