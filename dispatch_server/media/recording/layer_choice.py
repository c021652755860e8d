"""Which of a stream's picture layers is recorded: the best one that comes, changed only at a key frame."""

from dispatch_server.media.abilities import Layer
from dispatch_server.media.sink import Frame

ABSENT_US = 1_500_000  # the better layer is taken for gone after this


class LayerChoice:
    """`layers` in order of worth; a weak link takes the main layer away and leaves the small one."""

    __slots__ = ("_layers", "current", "seen_us")

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._layers = layers
        self.seen_us = 0
        self.current: Layer | None = None

    def takes(self, frame: Frame) -> bool:
        layer = frame.layer
        if layer is not self.current:
            if not frame.is_key or layer not in self._layers or not self._is_better(layer, frame.utc_us):
                return False
            self.current = layer
        self.seen_us = frame.utc_us
        return True

    def restart(self) -> None:
        """The publisher is gone; whatever comes next counts."""
        self.current = None

    def _is_better(self, layer: Layer, utc_us: int) -> bool:
        if self.current is None or utc_us - self.seen_us > ABSENT_US:
            return True
        return self._layers.index(layer) < self._layers.index(self.current)
