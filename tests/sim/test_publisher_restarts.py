"""A publisher ends and another session carries its stream on: viewers stay connected and see one continuous track."""

import itertools

from dispatch_server.media.abilities import Layer
from tests.sim.stage import Stage


def test_viewer_goes_on_without_a_new_offer() -> None:
    stage = Stage()
    first = stage.publish()
    assert stage.run(5, lambda: first.connected)
    stage.run(0.5)
    viewer = stage.watch()
    screen = viewer.screen
    assert screen is not None
    assert stage.run(5, lambda: len(screen.pictures) > 20)
    stage.leave(first)
    stage.run(4)
    before = len(screen.pictures)
    second = stage.publish()
    assert stage.run(5, lambda: second.connected)
    back = stage.now
    assert stage.run(5, lambda: len(screen.pictures) > before)
    assert stage.now - back < 0.5
    stage.run(2)
    fresh = screen.pictures[before:]
    assert fresh[0].is_key
    assert len(fresh) > 40
    assert not any(frame.after_gap for frame in fresh), "the sequence numbers do not go on"
    ticks = [frame.ticks for frame in screen.pictures]
    assert all(after > before for before, after in itertools.pairwise(ticks)), "time went back"
    away_s = (fresh[0].ticks - screen.pictures[before - 1].ticks) / 90_000
    assert 3 < away_s < 7, f"the viewer's clock says {away_s:.1f} s"
    assert len(screen.numbers(Layer.SOUND)) > 100
    assert len(viewer.client.peer.up_tracks) == 2, "the viewer needed another track"
