"""The frame sink that records one stream: whole frames to fragments of at most a second, fragments to segments."""

from collections.abc import Callable

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.recording.jobs import BeginSegment, CloseRecording, DeclareGap, Job, KeepFragment
from dispatch_server.media.recording.layer_choice import LayerChoice
from dispatch_server.media.recording.limits import RecorderCounters, RecorderLimits
from dispatch_server.media.recording.pending import SAMPLE_BYTES, Pending, Segment, readable
from dispatch_server.media.sink import Frame

LONGEST_STEP_US = 200_000
ROUNDING_US = 2_000
TOO_SLOW = "disk too slow"
SILENT = "nothing came"
PICTURE_STOPPED = "picture stopped"
STEPPED = "clock stepped back"


class Recorder:
    """Takes frames on the loop, and only sorts them; `send` hands jobs to the writer and says whether it had room."""

    def __init__(self, limits: RecorderLimits, send: Callable[[Job], bool], layers: tuple[Layer, ...]) -> None:
        self._limits = limits
        self._gap_us = limits.gap_us
        self._longest_us = limits.fragment_us + ROUNDING_US
        self._send = send
        self._choice = LayerChoice(layers)
        self._segment: Segment | None = None
        self._previous: Segment | None = None  # ended, but late sound may still belong to it
        self._pending = Pending()
        self._heard_us = self._sound_us = self._shown_us = 0  # the newest of all, of sound, of pictures
        self._picture_us = self._key_us = 0  # the last ones that came
        self._gap: tuple[int, str] | None = None
        self._closed = False
        self.counters = RecorderCounters()

    def take_frame(self, frame: Frame) -> None:
        """The hot path: most frames are only put with the others."""
        if self._closed:
            return
        utc_us = frame.utc_us
        is_sound = frame.kind is Kind.AUDIO
        if not is_sound and not self._choice.takes(frame):
            return
        own_us, heard_us = self._sound_us if is_sound else self._shown_us, self._heard_us
        # Nearly all frames come in their turn.
        if not own_us <= utc_us <= heard_us + self._gap_us or heard_us - utc_us > self._limits.apart_us:
            self._check_time(utc_us, own_us)
        if is_sound:
            self._take_sound(frame)
            if utc_us > self._sound_us:
                self._sound_us = utc_us
        else:
            self._take_picture(frame)
            if utc_us > self._shown_us:
                self._shown_us = utc_us
        if utc_us > self._heard_us:
            self._heard_us = utc_us

    def _check_time(self, utc_us: int, own_us: int) -> None:
        """Picture and sound are compared with their own past: either may wait seconds for a repair."""
        if self._heard_us and utc_us - self._heard_us > self._gap_us:
            self.lost(SILENT)
        elif own_us - utc_us > self._gap_us or self._heard_us - utc_us > self._limits.apart_us:
            self.lost(STEPPED)

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
        self._pending = Pending()
        self._heard_us = self._sound_us = self._shown_us = 0
        self._choice.restart()

    def close(self, utc_us: int, reason: str) -> None:
        if not self._closed:
            self.lost(reason)
            self._closed = True
            if self._gap is not None and self._gap[1] == TOO_SLOW:
                self._send(DeclareGap(self._gap[0], max(self._gap[0], utc_us), TOO_SLOW))
            self._send(CloseRecording(utc_us, reason))

    def _take_picture(self, frame: Frame) -> None:
        segment, pending, utc_us = self._segment, self._pending, frame.utc_us
        step_us = utc_us - self._picture_us
        pending.step_us = step_us = step_us if 0 <= step_us <= LONGEST_STEP_US else LONGEST_STEP_US
        if segment is None or segment.parameter_sets is None:
            sets = readable(frame.parameter_sets)
            if not frame.is_key or sets is None:
                self.counters.pictures_unusable += 1
                self._choice.restart()
                return
            self._begin_with_picture(frame, sets)
        elif frame.is_key:
            self._take_key(segment, frame)
        elif utc_us - pending.start_us + step_us > self._longest_us or pending.bytes > self._limits.fragment_bytes:
            self._cut(utc_us, frame)
        if self._segment is not None:  # else the writer had no room
            self._picture_us = utc_us
            pending.pictures.append(frame)
            pending.bytes += len(frame.data) + SAMPLE_BYTES

    def _take_key(self, segment: Segment, key: Frame) -> None:
        self._cut(key.utc_us, key)
        sets = segment.parameter_sets
        if key.parameter_sets is not None and key.parameter_sets != sets:
            sets = readable(key.parameter_sets) or sets
        if self._is_over(segment, sets, key):
            self._begin(key.utc_us, sets, key.layer)
        self._key_us = key.utc_us

    def _is_over(self, segment: Segment, sets: tuple[bytes, bytes] | None, key: Frame) -> bool:
        """Whether a new segment begins at this key frame."""
        limits = self._limits
        age_us = key.utc_us - segment.start_us
        changed = sets != segment.parameter_sets
        long = age_us + (key.utc_us - self._key_us) > limits.segment_us
        slipped = segment.sound.slip > limits.slip_ticks and age_us > limits.slip_us
        return changed or long or slipped or key.layer is not segment.layer

    def _take_sound(self, frame: Frame) -> None:
        pending = self._pending
        pending.sound.append(frame)
        pending.bytes += len(frame.data) + SAMPLE_BYTES
        late_us = frame.utc_us - pending.start_us - self._limits.fragment_us - self._limits.late_picture_us
        if self._segment is None:
            self._wait_for_picture(frame.utc_us)
        elif pending.bytes > self._limits.fragment_bytes:
            self._cut(pending.end_us(), None)
        elif late_us < 0:
            return
        elif self._segment.parameter_sets is not None and (
            frame.utc_us - self._picture_us > self._limits.picture_wait_us
        ):
            self._go_on_with_sound(frame.utc_us)
        else:
            self._cut(pending.start_us + self._limits.fragment_us, None)

    def _go_on_with_sound(self, utc_us: int) -> None:
        """The picture has stopped."""
        if not self._limits.keeps_sound_alone:
            self.lost(PICTURE_STOPPED)
            return
        self._cut(utc_us, None, ends=True)
        self._begin(utc_us, None, Layer.SOUND)
        self._choice.restart()

    def _wait_for_picture(self, utc_us: int) -> None:
        """Sound is held while no picture has begun: for a while, and not without bound."""
        pending, limits = self._pending, self._limits
        if utc_us - pending.sound[0].utc_us >= limits.picture_wait_us:
            self._begin_with_sound()
            if self._segment is None:
                self._pending = Pending()
        elif pending.bytes > limits.fragment_bytes:
            self.counters.sound_dropped += len(pending.sound)
            self._pending = Pending()

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
        if not self._limits.keeps_sound_alone:
            return
        if sound and sound[-1].utc_us - sound[0].utc_us >= self._limits.short_sound_us:
            self._begin(sound[0].utc_us, None, Layer.SOUND)
            while sound[-1].utc_us - self._pending.start_us >= self._limits.fragment_us and self._segment:
                self._cut(self._pending.start_us + self._limits.fragment_us, None)

    def _begin(self, utc_us: int, parameter_sets: tuple[bytes, bytes] | None, layer: Layer) -> None:
        """Nothing is said to the writer before the first fragment is whole."""
        if self._segment is not None and self._segment.begun:
            self._previous = self._segment
        self._segment = Segment(utc_us, parameter_sets, layer)
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

    def _begin_at_writer(self, segment: Segment) -> bool:
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

    def _end_sound(self, segment: Segment, until_us: int) -> None:
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
