"""Packets are lost on both links; what was lost is asked for and sent again, picture and sound alike."""

import pytest

from dispatch_server.media.abilities import Layer
from tests.sim.lossy_link import LossyLink
from tests.sim.stage import Stage

WATCHED_S = 20.0


@pytest.mark.parametrize(
    ("loss", "pictures", "sound"), [(0.0, 1.0, 1.0), (0.05, 0.995, 0.995), (0.1, 0.99, 0.99), (0.2, 0.95, 0.97)]
)
def test_nearly_all_arrives(loss: float, pictures: float, sound: float) -> None:
    stage = Stage()

    def link(seed: int) -> LossyLink[bytes]:
        return LossyLink(loss=loss, delay_s=0.02, jitter_s=0.01, seed=seed)

    publisher = stage.publish(up=link(1), down=link(2))
    assert stage.run(20, lambda: publisher.connected)
    viewer = stage.watch(up=link(3), down=link(4))
    assert stage.run(20, lambda: viewer.connected)
    assert viewer.screen is not None and publisher.camera is not None
    assert stage.run(10, lambda: bool(viewer.screen.pictures))
    first = dict(publisher.camera.taken.items())
    stage.run(WATCHED_S)
    last = dict(publisher.camera.taken.items())
    stage.run(3)
    for layer, share in ((Layer.MAIN, pictures), (Layer.SOUND, sound)):
        seen = viewer.screen.numbers(layer)
        assert seen == sorted(set(seen)), f"{layer} out of order or twice"
        expected = range(first[layer], last[layer])
        got = len(set(seen) & set(expected)) / len(expected)
        assert got >= share, f"{layer}: {got:.4f} of what was sent"
    if loss:
        assert publisher.client.peer.down_tracks[0].packets_resent > 0
        assert viewer.server.peer.down_tracks[0].packets_resent > 0


def test_without_resending_the_same_link_loses_pictures() -> None:
    """The scenario can fail: with no repairs a picture of four packets is often incomplete."""
    stage = Stage()
    publisher = stage.publish()
    assert stage.run(5, lambda: publisher.connected)
    viewer = stage.watch(down=LossyLink(loss=0.1, delay_s=0.02))
    for track in viewer.server.peer.down_tracks:
        track.answer_nack = lambda sequences, now: None  # type: ignore[method-assign]
    assert stage.run(20, lambda: viewer.connected)
    assert viewer.screen is not None and publisher.camera is not None
    first = publisher.camera.taken[Layer.MAIN]
    stage.run(10)
    expected = range(first, publisher.camera.taken[Layer.MAIN])
    assert len(set(viewer.screen.numbers()) & set(expected)) < 0.9 * len(expected)
