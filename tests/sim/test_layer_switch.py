"""A viewer goes from the full picture to the small one and back: the picture never stands still, nothing breaks."""

import itertools

from dispatch_server.media.abilities import Layer
from tests.sim.cast import layer_of
from tests.sim.stage import STREAM, Stage


def test_switch_and_back() -> None:
    stage = Stage()
    publisher = stage.publish(with_sub=True)
    assert stage.run(5, lambda: publisher.connected)
    stage.run(0.5)
    viewer = stage.watch(Layer.MAIN)
    screen = viewer.screen
    assert screen is not None
    assert stage.run(5, lambda: len(screen.pictures) > 10)
    for layer in (Layer.SUB, Layer.MAIN):
        seen = len(screen.pictures)
        stage.router.choose_layer(STREAM, viewer.name, layer, stage.now)
        asked = stage.now
        assert stage.run(5, lambda layer=layer: layer_of(screen.pictures[-1]) is layer)
        assert stage.now - asked < 1.0
        fresh = screen.pictures[seen:]
        changed = next(frame for frame in fresh if layer_of(frame) is layer)
        assert changed.is_key, "the other layer began without a key frame"
        stage.run(2)
    ticks = [frame.ticks for frame in screen.pictures]
    steps = [after - before for before, after in itertools.pairwise(ticks)]
    assert min(steps) > 0, "time went back"
    settled = [after - before for before, after in itertools.pairwise(ticks)]
    assert max(settled) <= 0.5 * 90_000, "the picture stood still"
    assert not any(frame.after_gap for frame in screen.pictures), "the viewer saw a gap in the sequence"


def test_a_camera_with_one_layer_serves_every_wish() -> None:
    stage = Stage()
    publisher = stage.publish(with_sub=False)
    assert stage.run(5, lambda: publisher.connected)
    stage.run(0.3)
    viewer = stage.watch(Layer.SUB)
    screen = viewer.screen
    assert screen is not None
    assert stage.run(5, lambda: len(screen.pictures) > 10)
    assert {layer_of(frame) for frame in screen.pictures} == {Layer.MAIN}
