"""HLS from index lines: how parts are grouped, and what the list says of them."""

from dispatch_server.archive.model import Part
from dispatch_server.archive.playlist import Grouping, Playable, playlist
from dispatch_server.protocol.footage import FragmentEntry

UTC_US = 1_764_000_000_250_000
INIT_BYTES = 1_000
SECOND = 1_000_000


def fragments(count: int, gop: int, first: int = 1, duration_us: int = SECOND) -> list[FragmentEntry]:
    """Of 100 bytes each, a key frame every `gop`."""
    return [
        FragmentEntry(
            first + n, INIT_BYTES + 100 * n, 100, UTC_US + n * duration_us, duration_us, n % gop == 0, 25, 50, 0, False
        )
        for n in range(count)
    ]


def grouped(entries: list[FragmentEntry], target_us: int = 4 * SECOND) -> Grouping:
    grouping = Grouping(target_us)
    for entry in entries:
        grouping.add(entry)
    return grouping


def durations(grouping: Grouping) -> list[int]:
    return [part.duration_us // SECOND for part in grouping.all()]


def test_parts_are_whole_groups_of_pictures_up_to_the_target() -> None:
    assert durations(grouped(fragments(12, gop=2))) == [4, 4, 4]
    assert durations(grouped(fragments(9, gop=3))) == [3, 3, 3]
    assert durations(grouped(fragments(4, gop=1))) == [4]


def test_a_group_that_would_be_too_long_is_cut() -> None:
    assert durations(grouped(fragments(20, gop=10))) == [4, 4, 2, 4, 4, 2]


def test_what_is_a_part_stays_one() -> None:
    entries = fragments(30, gop=7)
    whole = grouped(entries).parts
    for count in range(1, 30):
        parts = grouped(entries[:count]).parts
        assert parts == whole[: len(parts)]


def test_parts_follow_each_other_without_a_hole() -> None:
    parts = grouped(fragments(17, gop=5)).all()
    at = INIT_BYTES
    for part in parts:
        assert part.offset == at
        at += part.bytes
    assert at == INIT_BYTES + 1_700


def test_the_last_sound_of_a_segment_goes_with_the_part_before_it() -> None:
    last = FragmentEntry(5, INIT_BYTES + 400, 30, UTC_US + 4 * SECOND, 0, False, 0, 3, 0, False)
    (part,) = grouped([*fragments(4, gop=2), last]).all()
    assert part == Part(INIT_BYTES, 430, UTC_US, 4 * SECOND)


def segment(number: int, count: int = 8, picture: bool = True) -> Playable:
    return Playable(number, INIT_BYTES, picture, grouped(fragments(count, gop=2)).all())


def test_a_closed_recording_is_a_whole_list() -> None:
    text = playlist([segment(1, 6), segment(2, 2)], closed=True)
    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        '#EXT-X-MAP:URI="segments/1.mp4",BYTERANGE="1000@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.250Z",
        "#EXTINF:4.000000,",
        "#EXT-X-BYTERANGE:400@1000",
        "segments/1.mp4",
        "#EXTINF:2.000000,",
        "#EXT-X-BYTERANGE:200@1400",
        "segments/1.mp4",
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-MAP:URI="segments/2.mp4",BYTERANGE="1000@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2025-11-24T16:00:00.250Z",
        "#EXTINF:2.000000,",
        "#EXT-X-BYTERANGE:200@1000",
        "segments/2.mp4",
        "#EXT-X-ENDLIST",
    ]


def test_an_open_recording_grows_or_slides() -> None:
    grows = playlist([segment(1)], closed=False)
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in grows and "#EXT-X-ENDLIST" not in grows
    slides = playlist([segment(1), segment(2), segment(3)], closed=False, window_us=10 * SECOND)
    assert "PLAYLIST-TYPE" not in slides
    assert "#EXT-X-MEDIA-SEQUENCE:3" in slides and "#EXT-X-DISCONTINUITY-SEQUENCE:1" in slides
    assert slides.count("#EXTINF") == 3
    lines = slides.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("#EXTINF"))
    assert lines[first - 2] == '#EXT-X-MAP:URI="segments/2.mp4",BYTERANGE="1000@0"'


def test_the_count_of_breaks_stays_right_while_it_slides() -> None:
    """What leaves the list with its EXT-X-DISCONTINUITY is counted; what still shows it is not (RFC 8216 6.2.2)."""
    segments = [segment(n, 4) for n in range(1, 6)]
    for kept in range(1, 6):
        text = playlist(segments, closed=False, window_us=kept * 4 * SECOND)
        lines = text.splitlines()
        shown = lines.count("#EXT-X-DISCONTINUITY")
        gone = int(next(line for line in lines if "DISCONTINUITY-SEQUENCE" in line).rsplit(":", 1)[1])
        assert shown + gone == 4


def test_sound_alone_is_a_gap_among_pictures_and_has_a_list_of_its_own() -> None:
    segments = [segment(1, 2), segment(2, 2, picture=False), segment(3, 2)]
    text = playlist(segments, closed=True)
    assert text.count("#EXT-X-GAP") == 1
    assert text.index("segments/1.mp4") < text.index("#EXT-X-GAP") < text.index("segments/3.mp4")
    alone = playlist(segments, closed=True, sound_only=True)
    assert "#EXT-X-GAP" not in alone and "segments/1.mp4" not in alone and "segments/2.mp4" in alone


def test_a_list_begins_with_the_first_picture() -> None:
    text = playlist([segment(1, 2, picture=False), segment(2, 2)], closed=True)
    assert "segments/1.mp4" not in text and "#EXT-X-GAP" not in text and "DISCONTINUITY\n" not in text


def test_a_recording_of_which_nothing_was_kept_is_an_empty_list() -> None:
    assert "#EXTINF" not in playlist([], closed=True)


def test_no_part_is_longer_than_the_list_says() -> None:
    for gop in (1, 2, 3, 7, 50):
        for duration_us in (400_000, 960_000, SECOND):
            for part in grouped(fragments(60, gop, duration_us=duration_us)).all():
                assert round(part.duration_us / SECOND) <= 4
