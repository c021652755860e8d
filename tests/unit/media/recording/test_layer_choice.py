"""The best layer that comes is recorded; it changes only at a key frame."""

from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.layer_choice import LayerChoice
from tests.unit.media.recording.made import picture

BOTH = (Layer.MAIN, Layer.SUB)


def taken(choice: LayerChoice, at_us: int, layer: Layer, key: bool = False) -> bool:
    return choice.takes(picture(at_us, key, layer=layer))


def test_nothing_is_taken_before_a_key_frame() -> None:
    choice = LayerChoice(BOTH)
    assert not taken(choice, 0, Layer.MAIN)
    assert taken(choice, 40_000, Layer.MAIN, key=True)
    assert taken(choice, 80_000, Layer.MAIN)


def test_the_small_picture_is_taken_only_while_the_large_one_is_away() -> None:
    choice = LayerChoice(BOTH)
    assert taken(choice, 0, Layer.MAIN, key=True)
    assert not taken(choice, 1_000_000, Layer.SUB, key=True)
    assert taken(choice, 2_000_000, Layer.SUB, key=True)
    assert taken(choice, 2_040_000, Layer.SUB)
    assert not taken(choice, 2_080_000, Layer.MAIN)
    assert taken(choice, 2_120_000, Layer.MAIN, key=True)
    assert not taken(choice, 2_160_000, Layer.SUB, key=True)


def test_layers_that_are_not_wanted_are_never_taken() -> None:
    choice = LayerChoice((Layer.MAIN,))
    assert not taken(choice, 9_000_000, Layer.SUB, key=True)


def test_after_a_loss_whatever_comes_first_counts() -> None:
    choice = LayerChoice(BOTH)
    assert taken(choice, 0, Layer.MAIN, key=True)
    choice.restart()
    assert taken(choice, 40_000, Layer.SUB, key=True)
