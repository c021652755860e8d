"""Which sources find no room here, so that their terminals keep what they send, and which begin even then."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.archive.model import LocalKeepingChanged
from dispatch_server.archive.ports import BusPort


def unimportant(_: str) -> bool:
    return False


@dataclass(slots=True)
class LocalKeeping:
    """`is_important(source)`: an enforcement is under way with it."""

    is_important: Callable[[str], bool] = unimportant
    sources: set[str] = field(default_factory=set)  # on air, and without room

    def turn(self, source: str, begins: bool, bus: BusPort, identity: str, utc_us: int) -> None:
        """Told once when it begins and once when it is over."""
        if (source in self.sources) is begins:
            return
        if begins:
            self.sources.add(source)
        else:
            self.sources.discard(source)
        bus.publish(LocalKeepingChanged(identity=identity, utc_us=utc_us, source=source, begins=begins))
