"""The frame sink that records one stream: whole frames to fragments of at most a second, fragments to segments."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dispatch_server.archive.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.archive.layer_choice import LayerChoice
from dispatch_server.archive.limits import RecorderCounters, RecorderLimits
from dispatch_server.archive.placing import PicturePlacer, SoundPlacer
from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import read_sps
from dispatch_server.media.sink import Frame

SAMPLE_BYTES = 64  # what a sample costs beside its payload, for the bounds
PICTURE_US, PACKET_US = 40_000, 20_000
ROUNDING_US = 2_000
LARGEST_PPS_BYTES = 1_024
TOO_SLOW = "disk too slow"
SILENT = "nothing came"
STEPPED = "clock stepped back"


class _Segment:
    """A segment in the making."""

    __slots__ = ("begun", "layer", "parameter_sets", "picture", "sound", "start_us")

    def __init__(self, start_us: int, parameter_sets: tuple[bytes, bytes] | None, layer: Layer) -> None:
        self.start_us = start_us
        self.parameter_sets = parameter_sets  # None: sound only
        self.layer = layer
        self.picture = PicturePlacer(start_us)
        self.sound = SoundPlacer(start_us)
        self.begun = False  # its first fragment was handed over


@dataclass(slots=True)
class _Pending:
    """The fragment being collected, and sound that is ahead of it."""

    start_us: int = 0
    seen: float | None = None  # on the monotonic clock of `tick`
    pictures: list[Frame] = field(default_factory=list)
    sound: list[Frame] = field(default_factory=list)
    bytes: int = 0
    step_us: int = PICTURE_US  # between the last two pictures

    def end_us(self) -> int:
        last_picture = self.pictures[-1].utc_us + self.step_us if self.pictures else 0
        last_sound = self.sound[-1].utc_us + PACKET_US if self.sound else 0
        return max(last_picture, last_sound, self.start_us)

    def take_sound(self, until_us: int) -> list[Frame]:
        count = next((n for n, packet in enumerate(self.sound) if packet.utc_us >= until_us), len(self.sound))
        taken, self.sound = self.sound[:count], self.sound[count:]
        return taken

    def restart(self, start_us: int) -> None:
        self.start_us, self.seen = start_us, None
        self.bytes = sum(len(packet.data) + SAMPLE_BYTES for packet in self.sound)


class Recorder:
    """Takes frames on the loop, and only sorts them; `send` hands jobs to the writer and says whether it had room."""

    def __init__(self, limits: RecorderLimits, send: Callable[[Job], bool], layers: tuple[Layer, ...]) -> None:
        self._limits = limits
        self._send = send
        self._choice = LayerChoice(layers)
        self._segment: _Segment | None = None
        self._previous: _Segment | None = None  # ended, but late sound may still belong to it
        self._pending = _Pending()
        self._heard_us: dict[Kind, int] = {}  # the newest of each; either may wait seconds for a repair
        self._picture_us = self._key_us = 0
        self._gap: tuple[int, str] | None = None
        self._closed = False
        self.counters = RecorderCounters()

    def take_frame(self, frame: Frame) -> None:
        if self._closed:
            return
        gap_us = self._limits.gap_us
        if self._heard_us and frame.utc_us - max(self._heard_us.values()) > gap_us:
            self.lost(SILENT)
        elif self._heard_us.get(frame.kind, 0) - frame.utc_us > gap_us:
            self.lost(STEPPED)
        if frame.kind is Kind.AUDIO:
            self._take_sound(frame)
        elif self._choice.takes(frame):
            self._take_picture(frame)

    def tick(self, now: float) -> None:
        """End a fragment that no frame ends, because nothing comes."""
        pending = self._pending
        if self._segment is None or not (pending.pictures[1:] or pending.sound):
            return
        if pending.seen is None:
            pending.seen = now
        elif now - pending.seen >= self._limits.tick_s:
            self._cut(min(pending.end_us(), pending.start_us + self._limits.fragment_us), None)

    def lost(self, reason: str) -> None:
        """The publisher is gone: keep what came; what is missing is declared when something comes again."""
        if self._segment is None:
            self._begin_with_sound()
        end_us = self._pending.end_us()
        self._cut(end_us, None, ends=True)
        if self._segment is not None and self._segment.begun:
            self._end_sound(self._segment, end_us)
            self._gap = self._gap or (end_us, reason)
        self._segment = self._previous = None
        self._pending = _Pending()
        self._heard_us = {}
        self._choice.restart()

    def close(self, utc_us: int, reason: str) -> None:
        if not self._closed:
            self.lost(reason)
            self._closed = True
            if self._gap is not None and self._gap[1] == TOO_SLOW:
                self._send(DeclareGap(self._gap[0], max(self._gap[0], utc_us), TOO_SLOW))
            self._send(CloseRecording(utc_us, reason))

    def _take_picture(self, frame: Frame) -> None:
        segment, pending = self._segment, self._pending
        pending.step_us = min(max(0, frame.utc_us - self._picture_us), 5 * PICTURE_US)
        if segment is None or segment.parameter_sets is None:
            sets = _readable(frame.parameter_sets)
            if not frame.is_key or sets is None:
                self.counters.pictures_unusable += 1
                self._choice.restart()
                return
            self._begin_with_picture(frame, sets)
        elif frame.is_key:
            self._cut(frame.utc_us, frame)
            sets = segment.parameter_sets
            if frame.parameter_sets is not None and frame.parameter_sets != sets:
                sets = _readable(frame.parameter_sets) or sets
            if self._is_over(segment, sets, frame):
                self._begin(frame.utc_us, sets, frame.layer)
            self._key_us = frame.utc_us
        elif (
            frame.utc_us - pending.start_us + pending.step_us > self._limits.fragment_us + ROUNDING_US
            or pending.bytes > self._limits.fragment_bytes
        ):
            self._cut(frame.utc_us, frame)
        if self._segment is None:
            return  # the writer had no room
        self._heard_us[frame.kind] = max(self._heard_us.get(frame.kind, 0), frame.utc_us)
        self._picture_us = frame.utc_us
        pending.pictures.append(frame)
        pending.bytes += len(frame.data) + SAMPLE_BYTES

    def _is_over(self, segment: _Segment, sets: tuple[bytes, bytes] | None, key: Frame) -> bool:
        """Whether a new segment begins at this key frame."""
        limits = self._limits
        age_us = key.utc_us - segment.start_us
        changed = sets != segment.parameter_sets
        long = age_us + (key.utc_us - self._key_us) > limits.segment_us
        slipped = segment.sound.slip > limits.slip_ticks and age_us > limits.slip_us
        return changed or long or slipped or key.layer is not segment.layer

    def _take_sound(self, frame: Frame) -> None:
        pending, limits = self._pending, self._limits
        pending.sound.append(frame)
        pending.bytes += len(frame.data) + SAMPLE_BYTES
        self._heard_us[frame.kind] = max(self._heard_us.get(frame.kind, 0), frame.utc_us)
        if self._segment is None:
            if frame.utc_us - pending.sound[0].utc_us >= limits.picture_wait_us:
                self._begin_with_sound()
            elif pending.bytes > limits.fragment_bytes:
                self.counters.sound_dropped += len(pending.sound)
                self._pending = _Pending()
            return
        alone_us = frame.utc_us - self._picture_us
        if self._segment.parameter_sets is not None and alone_us > limits.picture_wait_us:
            self._cut(frame.utc_us, None, ends=True)
            self._begin(frame.utc_us, None, Layer.SOUND)
            self._choice.restart()
        elif pending.bytes > limits.fragment_bytes:
            self._cut(pending.end_us(), None)
        elif frame.utc_us - pending.start_us >= limits.fragment_us + limits.late_picture_us:
            self._cut(pending.start_us + limits.fragment_us, None)

    def _begin_with_picture(self, key: Frame, sets: tuple[bytes, bytes]) -> None:
        if self._segment is None:
            self._begin_with_sound()
        if self._segment is not None:
            self._cut(key.utc_us, None, ends=True)
        else:
            self.counters.sound_dropped += len(self._pending.take_sound(key.utc_us))
        self._begin(key.utc_us, sets, key.layer)
        self._key_us = key.utc_us

    def _begin_with_sound(self) -> None:
        """Sound that came without picture is kept in a segment of its own, unless there is next to nothing of it."""
        sound = self._pending.sound
        if sound and sound[-1].utc_us - sound[0].utc_us >= self._limits.short_sound_us:
            self._begin(sound[0].utc_us, None, Layer.SOUND)
            while sound[-1].utc_us - self._pending.start_us >= self._limits.fragment_us and self._segment:
                self._cut(self._pending.start_us + self._limits.fragment_us, None)

    def _begin(self, utc_us: int, parameter_sets: tuple[bytes, bytes] | None, layer: Layer) -> None:
        """Nothing is said to the writer before the first fragment is whole."""
        if self._segment is not None and self._segment.begun:
            self._previous = self._segment
        self._segment = _Segment(utc_us, parameter_sets, layer)
        self._pending.restart(utc_us)

    def _cut(self, at_us: int, following: Frame | None, ends: bool = False) -> None:
        """
        Make a fragment of what was collected from before `at_us`; `following` is the picture that ended it.

        While none follows, the last picture is held back unless the segment `ends`: it stays till the next one
        comes, and only then it is known for how long. A track with holes does not play.
        """
        segment, pending = self._segment, self._pending
        if segment is None or not (pending.pictures or pending.sound or segment.begun):
            return
        if not segment.begun and not self._begin_at_writer(segment):
            return
        at_us = max(at_us, pending.start_us)
        pictures, pending.pictures = pending.pictures, []
        if following is None and not ends:
            pictures, pending.pictures = pictures[:-1], pictures[-1:]
            following = pending.pictures[0] if pending.pictures else None
        packets = pending.take_sound(at_us)
        video = segment.picture.run(pictures, following, at_us)
        sound = segment.sound.run(packets, at_us if ends else at_us - self._limits.late_sound_us)
        start_us, size = pending.start_us, pending.bytes
        pending.restart(at_us)
        if video is None and sound is None:
            return
        lost = any(frame.after_gap for frame in pictures) or any(packet.after_gap for packet in packets)
        key = video is not None and video.key
        self._keep(KeepFragment(start_us, at_us - start_us, key, lost, video, sound, segment.sound.filled, size))

    def _begin_at_writer(self, segment: _Segment) -> bool:
        if self._previous is not None:
            self._end_sound(self._previous, segment.start_us)
            self._previous = None
        if not self._send(BeginSegment(segment.start_us, segment.parameter_sets, segment.layer.value)):
            self._give_up(segment.start_us)
            return False
        segment.begun = True
        if self._gap is not None:
            from_us, reason = self._gap
            self._send(DeclareGap(min(from_us, segment.start_us), segment.start_us, reason))
            self._gap = None
        return True

    def _end_sound(self, segment: _Segment, until_us: int) -> None:
        """The last sound of a segment, which came after its last picture, or never."""
        packets = self._pending.take_sound(until_us)
        run = segment.sound.run(packets, until_us)
        if run is not None:
            size = sum(len(packet.data) + SAMPLE_BYTES for packet in packets)
            self._keep(KeepFragment(until_us, 0, False, False, None, run, segment.sound.filled, size))

    def _keep(self, fragment: KeepFragment) -> None:
        if not self._send(fragment):
            self.counters.fragments_dropped += 1
            self.counters.bytes_dropped += fragment.bytes
            self._give_up(fragment.utc_us)

    def _give_up(self, from_us: int) -> None:
        """The writer has no room: go on at the next key frame, with a gap declared."""
        self._gap = self._gap or (from_us, TOO_SLOW)
        self._segment = self._previous = None
        self._pending.pictures = []
        self._choice.restart()


def _readable(sets: tuple[bytes, bytes] | None) -> tuple[bytes, bytes] | None:
    """Parameter sets that a container can be made for; they come from outside."""
    if sets is None or not 0 < len(sets[1]) <= LARGEST_PPS_BYTES:
        return None
    try:
        read_sps(sets[0])
    except MalformedPacket:
        return None
    return sets
