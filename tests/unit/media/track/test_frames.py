"""Frames out of packets: whole, from a key frame on, with time and parameter sets."""

from dispatch_server.media.abilities import Kind, Layer
from dispatch_server.media.packets.h264 import split_length_prefixed
from dispatch_server.media.sink import MediaPacket
from tests.unit.media.track.camera import PPS, SPS, START_US, Camera, Kept, assembler, flat, idr, slice_


class TestVideo:
    def test_whole_frames_with_time_and_parameter_sets(self) -> None:
        made, kept = assembler()
        for unit in Camera().group(3):
            made.take(unit, unit[0].arrival)
        first, second, third = kept.frames
        assert (first.is_key, first.parameter_sets, first.after_gap) == (True, (SPS, PPS), False)
        assert split_length_prefixed(first.data) == [idr()]
        assert (second.is_key, second.parameter_sets) == (False, None)
        assert split_length_prefixed(third.data) == [slice_(number=2)]
        assert [frame.ticks - first.ticks for frame in kept.frames] == [0, 3600, 7200]
        assert [frame.utc_us for frame in kept.frames] == [START_US, START_US + 40_000, START_US + 80_000]
        assert (first.kind, first.layer) == (Kind.VIDEO, Layer.MAIN)

    def test_begins_with_a_key_frame(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(slice_()), 0.0)
        assert made.waits_for_key_frame
        for unit in camera.group(2):
            made.take(unit, 0.1)
        assert [frame.is_key for frame in kept.frames] == [True, False]
        assert not made.waits_for_key_frame

    def test_a_later_sink_begins_with_the_next_key_frame(self) -> None:
        made, kept = assembler()
        camera, late = Camera(), Kept()
        made.take(flat(camera.group(3)), 0.0)
        made.add_sink(late)
        made.take(camera.send(slice_()), 0.1)
        made.take(flat(camera.group(2)), 0.2)
        assert len(kept.frames) == 6
        assert [frame.is_key for frame in late.frames] == [True, False]
        made.remove_sink(kept)
        made.take(camera.send(slice_()), 0.3)
        assert (len(kept.frames), len(late.frames)) == (6, 3)
        made.remove_sink(late)
        assert not made.has_sinks

    def test_a_stream_that_sends_its_parameter_sets_once(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(SPS, PPS, idr()), 0.0)
        made.take(camera.send(idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS), (SPS, PPS)]

    def test_new_parameter_sets_are_in_force_at_once(self) -> None:
        made, kept = assembler()
        camera, other = Camera(), SPS + b"\1"
        made.take(camera.send(SPS, PPS, idr()), 0.0)
        made.take(camera.send(other, PPS, idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS), (other, PPS)]

    def test_several_sets_of_a_kind_stay_in_the_data(self) -> None:
        made, kept = assembler()
        second = PPS + b"\1"
        made.take(Camera().send(SPS, PPS, second, idr()), 0.0)
        assert split_length_prefixed(kept.frames[0].data) == [SPS, PPS, second, idr()]

    def test_delimiters_go_supplements_stay(self) -> None:
        made, kept = assembler()
        supplement = b"\x06\x05\x01\x80"
        made.take(Camera().send(b"\x09\x10", SPS, PPS, supplement, idr(), b"\x0c\xff\x80"), 0.0)
        assert split_length_prefixed(kept.frames[0].data) == [supplement, idr()]

    def test_parameter_sets_in_a_unit_of_their_own(self) -> None:
        made, kept = assembler()
        camera = Camera()
        made.take(camera.send(SPS), 0.0)
        made.take(camera.send(PPS), 0.0)
        made.take(camera.send(idr()), 0.1)
        assert [frame.parameter_sets for frame in kept.frames] == [(SPS, PPS)]

    def test_a_sender_that_sets_no_marker(self) -> None:
        made, kept = assembler()
        camera = Camera()
        for unit in (
            camera.send(SPS, PPS, idr(), marker=False),
            camera.send(slice_(), marker=False),
            camera.send(slice_(), marker=False),
        ):
            made.take(unit, 0.0)
        assert len(kept.frames) == 2  # the last one may go on

    def test_a_picture_of_several_slices(self) -> None:
        made, kept = assembler()
        camera = Camera()
        later = b"\x61\x46" + bytes(2500)
        made.take(flat(camera.group(1)), 0.0)
        made.take(camera.send(slice_(), later), 0.0)
        assert split_length_prefixed(kept.frames[1].data) == [slice_(), later]


class TestAudio:
    @staticmethod
    def packets(count: int, first: int = 100) -> list[MediaPacket]:
        return [
            MediaPacket(first + index, (first + index) * 960, False, bytes((0x78, index & 0xFF)), True, index * 0.02)
            for index in range(count)
        ]

    def test_every_packet_is_a_frame_and_there_is_no_beginning_to_wait_for(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        made.take(self.packets(5), 0.0)
        assert [frame.data for frame in kept.frames] == [bytes((0x78, index)) for index in range(5)]
        assert all(frame.is_key and frame.parameter_sets is None for frame in kept.frames)
        assert kept.frames[1].utc_us - kept.frames[0].utc_us == 20_000
        assert kept.frames[0].layer is Layer.SOUND

    def test_a_gap_is_waited_for_and_declared(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        packets = self.packets(10)
        made.take(packets[:4] + packets[5:], 0.2)
        assert len(kept.frames) == 4
        made.tick(9.0)
        assert [frame.after_gap for frame in kept.frames] == [False] * 4 + [True] + [False] * 4

    def test_a_repaired_gap(self) -> None:
        made, kept = assembler(Kind.AUDIO)
        packets = self.packets(10)
        made.take(packets[:4] + packets[5:], 0.2)
        made.take([packets[4]], 0.3)
        assert [frame.data[1] for frame in kept.frames] == list(range(10))
