"""Several recordings of one terminal play as one."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_server.archive.coverage.coverage import JOIN_US, lacking
from dispatch_server.archive.coverage.joint import Piece, choose, joint_playlist, without_copies
from dispatch_server.archive.coverage.model import Span

S = 1_000_000
BEGIN = 1_790_000_000 * S


def pieces(recording: str, since_s: float, until_s: float, step_s: float = 4, picture: bool = True) -> list[Piece]:
    found, at, offset = [], since_s, 900
    while at < until_s:
        length = min(step_s, until_s - at)
        begin = BEGIN + int(at * S)
        found.append(Piece(recording, 1, 900, picture, begin, begin + int(length * S), offset, 1000))
        at, offset = at + length, offset + 1000
    return found


def played(chosen: list[Piece]) -> list[str]:
    return [one.recording_id for one in chosen]


def test_the_master_plays_and_the_server_where_there_is_none() -> None:
    server, master = pieces("server", 0, 60), pieces("master", 20, 40)
    chosen = choose(master, server, BEGIN, BEGIN + 60 * S)
    assert played(chosen) == ["server"] * 5 + ["master"] * 5 + ["server"] * 5
    text = joint_playlist(chosen, ended=True)
    assert text.count("#EXT-X-DISCONTINUITY\n") == 2 and text.count("#EXT-X-MAP") == 3
    assert text.count("#EXT-X-PROGRAM-DATE-TIME") == 3 and text.endswith("#EXT-X-ENDLIST\n")
    assert "/api/v1/recordings/master/segments/1.mp4" in text


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 300), st.integers(1, 300), st.integers(1, 40))
def test_nothing_that_either_has_is_left_out(since: int, length: int, step: int) -> None:
    server = pieces("server", 0, 60)
    master = pieces("master", since / 5, (since + length) / 5, step / 10)
    chosen = choose(master, server, BEGIN, BEGIN + 120 * S)
    spans = [Span(one.from_utc_us, one.to_utc_us) for one in chosen]
    for one in (*server, *master):
        holes = lacking(spans, one.from_utc_us, one.to_utc_us)
        assert all(hole.to_utc_us - hole.from_utc_us <= JOIN_US for hole in holes)
    assert [one.from_utc_us for one in chosen] == sorted(one.from_utc_us for one in chosen)


def test_two_layers_of_the_server_play_once() -> None:
    both = [*pieces("main", 0, 20), *pieces("sub", 0, 40)]
    assert played(without_copies(both)) == ["main"] * 5 + ["sub"] * 5


def test_a_growing_list_only_grows() -> None:
    before = joint_playlist(pieces("server", 0, 20), ended=False)
    after = joint_playlist(pieces("server", 0, 40), ended=False)
    assert after.startswith(before) and "TYPE:EVENT" in before and "ENDLIST" not in after
    assert "#EXT-X-TARGETDURATION:4\n" in before and "#EXT-X-MEDIA-SEQUENCE:0\n" in before


def test_a_hole_is_told_by_the_wall_clock() -> None:
    text = joint_playlist([*pieces("one", 0, 4), *pieces("two", 34, 38)], ended=True)
    times = re.findall(r"DATE-TIME:\S+T(\S+)Z", text)
    assert len(times) == 2 and times[0][-6:] != times[1][-6:]


def test_sound_alone_does_not_stand_in_it() -> None:
    assert choose([], pieces("server", 0, 8, picture=False), BEGIN, BEGIN + 8 * S) == []
    assert "#EXTINF" not in joint_playlist([], ended=True)
