"""The master of one terminal in the making: a new recording at each beginning and end of an enforcement."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch_server.kit.ids import RANDOM_BYTES, uuid7
from dispatch_server.media.abilities import Layer
from dispatch_server.media.recording.limits import RecorderLimits
from dispatch_server.media.recording.recorder import Recorder
from dispatch_server.protocol.footage import FragmentEntry, MalformedFootage
from dispatch_server.protocol.masters import MasterCard
from terminals import world
from terminals.device_key import DeviceKey
from terminals.master import folders
from terminals.master.disk import Disk
from terminals.master.frames import frame_of
from terminals.master.keeper import Keeper
from terminals.master.sealing import seal_folder
from terminals.master.server_keys import ServerKeys
from terminals.master.stewardship import Steward
from terminals.master.writer import MasterWriter, Place

WAIT_FOR_KEY_US = 2_000_000  # a new recording begins with a key frame, or after so long without one
CLOCK_STEP_US = 1_000_000  # a better measured clock that differs by more begins a new recording
LAYERS = {"main": (Layer.MAIN, Layer.SUB), "sub": (Layer.SUB,)}
STOPPED, BEGUN, ENDED = "terminal ends", "enforcement begins", "enforcement ends"
SMALLER, CLOCK_CORRECTED = "space runs short", "clock corrected"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be recorded as: under which enforcement (empty: none), from which layer on; None: nothing."""

    enforcement: str = ""
    layer: str = "main"


@dataclass(slots=True)
class _Running:
    wish: Wish
    writer: MasterWriter
    recorder: Recorder
    zero_utc_us: int
    offset_us: int
    newest_us: int = 0


class Master:
    """On the loop. `clock()` gives the server's UTC of tick 0, and this clock minus the server's."""

    def __init__(
        self,
        root: Path,
        disk: Disk,
        steward: Steward,
        key: Callable[[], DeviceKey],
        clock: Callable[[], tuple[int, int]],
        limits: RecorderLimits,
        queue_bytes: int,
        on_key_wanted: Callable[[Layer], None] = lambda layer: None,
    ) -> None:
        self.server: ServerKeys | None = None  # before the first sight of its keys nothing can be sealed
        self.wish: Wish | None = None
        self.kept_us = self.kept_bytes = self.fragments = 0
        self.trouble = ""
        self._root, self._disk, self._steward = root, disk, steward
        self._key, self._clock, self._limits = key, clock, limits
        self._ask_key = on_key_wanted
        self._running: _Running | None = None
        self._since_us: int | None = None  # since when another recording is waited for
        self._keeper = Keeper(queue_bytes, self._seal)

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """Closes and seals what runs. Blocks while the queue is written."""
        self.wish = None
        self._end(STOPPED)
        self._keeper.stop()

    @property
    def recording(self) -> Wish | None:
        return self._running.wish if self._running is not None else None

    def said(self) -> str:
        """What is wrong with the recording now, for people; empty: nothing."""
        writing = self._running.writer.trouble if self._running is not None else ""
        return writing or self._keeper.fault or self.trouble

    def take(self, layer: Layer, parts: Sequence[bytes], ticks: int, is_key: bool) -> None:
        wish = self.wish
        if wish is not None and self._steward.layer == "sub":
            wish = replace(wish, layer="sub")
        running = self._running
        if (running.wish if running else None) != wish or self._clock_stepped():
            self._change(wish, layer, ticks, is_key)
            running = self._running
        if running is None or (running.wish.layer == "sub" and layer is Layer.MAIN):
            return
        frame = frame_of(layer, parts, ticks, is_key, running.zero_utc_us)
        running.newest_us = max(running.newest_us, frame.utc_us)
        running.recorder.take_frame(frame)

    def tick(self, now: float) -> None:
        if self._running is not None:
            self._running.recorder.tick(now)

    def _clock_stepped(self) -> bool:
        running = self._running
        return running is not None and abs(self._clock()[1] - running.offset_us) > CLOCK_STEP_US

    def _change(self, wish: Wish | None, layer: Layer, ticks: int, is_key: bool) -> None:
        """At a key frame of the picture that is to be kept, so that nothing is lost between two recordings."""
        if wish is None:
            self._end(ENDED)
            return
        if self.server is None:
            self.trouble = "no key of the server yet"
            return
        wanted = LAYERS[wish.layer][0]
        now_us = frame_of(Layer.SOUND, (), ticks, True, 0).utc_us if layer is Layer.SOUND else ticks * 100 // 9
        if self._since_us is None:
            self._since_us = now_us
            self._ask_key(wanted)
        is_late = now_us - self._since_us > WAIT_FOR_KEY_US
        if self._running is not None and not is_late and not (is_key and layer is wanted):
            return
        self._since_us = None
        self._end(self._reason(wish))
        self._begin(wish, self.server, now_us)

    def _reason(self, wish: Wish) -> str:
        running = self._running
        if running is None or running.wish == wish:
            return CLOCK_CORRECTED
        if running.wish.enforcement == wish.enforcement:
            return SMALLER
        return BEGUN if wish.enforcement else ENDED

    def _begin(self, wish: Wish, server: ServerKeys, now_us: int) -> None:
        zero_us, offset_us = self._clock()
        opened_us = zero_us + now_us
        key = self._key()
        card = MasterCard(
            id=uuid7(opened_us // 1000, world.chance(RANDOM_BYTES)),
            source=key.number,
            opened_utc_us=opened_us,
            layer="sub" if wish.layer == "sub" else "main",
            enforcement=wish.enforcement,
            device_key=key.key.thumbprint(),
            clock_offset_us=offset_us,
        )
        place = Place(
            self._root / card.id, self._disk, server.footage, world.chance, self._steward.has_room, self._kept,
            self._keeper.faulted,
        )  # fmt: skip
        writer = MasterWriter(card, place)
        recorder = Recorder(self._limits, lambda job: self._keeper.send(writer, job), LAYERS[wish.layer])
        self._running = _Running(wish, writer, recorder, zero_us, offset_us)
        self.trouble = ""

    def _end(self, reason: str) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.recorder.close(running.newest_us or world.utc_us() - running.offset_us, reason)

    def _kept(self, segment: int, entry: FragmentEntry) -> None:
        self.kept_us, self.fragments = entry.utc_us + entry.duration_us, self.fragments + 1
        self.kept_bytes += entry.bytes

    def _seal(self, writer: MasterWriter) -> None:
        """In the keeper's thread; what cannot be sealed now is sealed at the next start."""
        with suppress(MalformedFootage, OSError):
            folder = self._root / writer.card.id
            if (folder / folders.END).exists():
                seal_folder(folder, self._disk, self._key(), world.utc_us() - writer.card.clock_offset_us)
