"""One viewer's link dies or carries nearly nothing: it alone suffers, the others and the tap see every picture."""

from dispatch_server.media.abilities import Layer
from tests.sim.cast import Screen
from tests.sim.lossy_link import LossyLink
from tests.sim.stage import STREAM, Stage


def test_others_miss_nothing() -> None:
    stage = Stage()
    publisher = stage.publish()
    assert stage.run(5, lambda: publisher.connected)
    stage.run(0.5)
    tap = Screen()
    stage.router.tap(STREAM, tap, frozenset({Layer.MAIN, Layer.SOUND}))
    bad_down: LossyLink[bytes] = LossyLink(delay_s=0.05)
    well, bad = stage.watch(), stage.watch(down=bad_down)
    assert stage.run(5, lambda: well.connected and bad.connected)
    assert well.screen is not None and bad.screen is not None and publisher.camera is not None
    stage.run(2)
    first = publisher.camera.taken[Layer.MAIN]
    bad_down.loss = 0.7
    stage.run(10)
    last = publisher.camera.taken[Layer.MAIN]
    stage.run(1)
    expected = set(range(first, last))
    assert expected <= set(well.screen.numbers())
    assert expected <= set(tap.numbers())
    assert len(expected & set(bad.screen.numbers())) < len(expected), "the bad link lost nothing: no test of anything"
    down = bad.server.peer.down_tracks[0]
    assert down.resends_refused > 0, "the repairs of one viewer have no bound"
    assert publisher.camera.keys <= 12 + 5, "one bad viewer makes the camera send key frames all the time"
