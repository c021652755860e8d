"""Somebody comes late: the picture begins at once, from the newest key frame, and the camera is hardly disturbed."""

from dispatch_server.media.abilities import Layer
from tests.sim.lossy_link import LossyLink
from tests.sim.stage import Stage


def test_first_picture_comes_with_the_connection() -> None:
    stage = Stage()
    publisher = stage.publish()
    assert stage.run(5, lambda: publisher.connected)
    stage.run(3.3)  # in the middle of a group of pictures
    assert publisher.camera is not None
    keys = publisher.camera.keys
    viewer = stage.watch()
    assert viewer.screen is not None
    assert stage.run(5, lambda: viewer.connected)
    connected = stage.now
    assert stage.run(5, lambda: bool(viewer.screen.pictures))
    assert stage.now - connected < 0.3
    assert viewer.screen.pictures[0].is_key
    assert publisher.camera.keys == keys, "the camera made a key frame for one viewer"
    stage.run(5)
    numbers = viewer.screen.numbers()
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "the past and the present do not join"
    assert viewer.screen.numbers(Layer.SOUND), "no sound"


def test_forty_late_viewers_ask_once() -> None:
    stage = Stage()
    publisher = stage.publish(with_sound=False)
    assert stage.run(5, lambda: publisher.connected)
    assert publisher.camera is not None
    viewers = []
    for number in range(40):
        viewers.append(stage.watch(down=LossyLink(delay_s=0.01, loss=0.02, seed=number + 1)))
        stage.run(0.02)
    stage.run(4)
    assert all(viewer.screen is not None and viewer.screen.pictures for viewer in viewers)
    requests = publisher.server.peer.up_tracks[0].keyframes.sent
    assert requests <= 5, f"{requests} key frame requests"
