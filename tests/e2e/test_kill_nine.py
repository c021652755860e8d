"""kill -9 of the server in mid-recording: what was announced plays, the terminals come back, the stream goes on."""

from dispatch_server.archive.seals.key_record import keys_on_record
from dispatch_server.archive.seals.model import Trust
from dispatch_server.archive.seals.verify import verify_recording
from tests.e2e.kept import decoded, kept_in
from tests.e2e.node import Node, utc_us
from tests.waiting import until

FRAGMENTS = 4  # of each recording, before the server is killed
LOST_US = 5_000_000  # a second of an open fragment, and the seconds of a busy machine


def test_every_announced_fragment_survives(node: Node) -> None:
    node.simulate(2)
    archive = node.folder / "archive"
    streams = {source: stream["stream_id"] for source, stream in node.live().items()}
    before = until(
        lambda: (
            kept
            if len(kept := kept_in(archive)) == 2 and all(len(one.fragments) >= FRAGMENTS for one in kept.values())
            else None
        ),
        60,
        "fragments of both terminals",
    )

    node.kill()
    killed_utc_us = utc_us()
    left = kept_in(archive)
    for recording_id, kept in left.items():
        assert kept.problems == [], recording_id
        assert kept.end is None
        assert kept.fragments[: len(before[recording_id].fragments)] == before[recording_id].fragments
        assert killed_utc_us - kept.ended_utc_us < LOST_US
        for segment in kept.segments:
            counts = dict(decoded(segment))  # a segment may be sound alone, before the first picture
            assert counts.get("video", 0) == sum(fragment.video for fragment in segment.verdict.fragments())
            assert counts["audio"] > 0
        assert sum(fragment.video for fragment in kept.fragments) > 0

    node.start()

    def all_sealed() -> bool:
        """Recovery goes on beside the streams that come back."""
        told = {one["recording_id"]: one["state"] for one in node.get("/api/v1/recordings")["recordings"]}
        return all(told.get(recording_id) == "sealed" for recording_id in left)

    until(all_sealed, 45, "what the kill left open is closed and sealed")
    after = kept_in(archive)
    for recording_id, kept in left.items():
        recovered = after[recording_id]
        assert recovered.problems == []
        assert recovered.fragments == kept.fragments, "what was announced is not what is kept"
        assert recovered.end is not None
        assert [gap.reason for gap in recovered.gaps] == ["server stopped"]
        told = node.get(f"/api/v1/recordings/{recording_id}")
        assert (told["state"], told["reason"]) == ("sealed", "server stopped")
        found = verify_recording(recovered.folder, Trust(evidence=keys_on_record(node.folder / "keys")))
        assert (found.faults, found.proved) == ([], True)
        assert sum(segment["fragments"] for segment in told["segments"]) == len(kept.fragments)
    until(lambda: len(node.live()) == 2, 60, "both terminals back by themselves")
    assert {source: stream["stream_id"] for source, stream in node.live().items()} == streams

    def recorded_again() -> bool:
        fresh = [kept for key, kept in kept_in(archive).items() if key not in left]
        return len(fresh) == 2 and all(kept.fragments and not kept.problems for kept in fresh)

    until(recorded_again, 60, "new recordings of the same streams")
