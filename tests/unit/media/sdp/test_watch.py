"""Viewers: what goes out to them, under which SSRCs, in one stream."""

from itertools import count

import pytest

from dispatch_server.media.abilities import Direction, Layer, SsrcPair
from dispatch_server.media.negotiate import OfferRefused, answer_watch
from tests.unit.media.sdp.offer_texts import SERVER, audio, offer, recorded, recorded_names, sections, video

ALL = frozenset(Layer)


def viewer(*more: str) -> list[str]:
    return video(*more, direction="recvonly")


@pytest.mark.parametrize("name", recorded_names("watch"))
def test_every_recorded_viewer_gets_picture_and_sound(name: str) -> None:
    plan, answer = answer_watch(recorded(name), SERVER, ALL, count(5000))
    assert {track.layer for track in plan.tracks} == {Layer.MAIN, Layer.SOUND}
    assert all(track.direction is Direction.OUT and len(track.ssrcs) == 1 for track in plan.tracks)
    assert answer.count("a=sendonly\r\n") == 2
    assert not plan.dtls_client


def test_our_ssrcs_stand_in_the_answer_as_one_stream() -> None:
    plan, answer = answer_watch(recorded("chromium_watch"), SERVER, ALL, count(5000))
    picture, sound = plan.tracks
    assert (picture.ssrcs, sound.ssrcs) == ((SsrcPair(5000, 5001),), (SsrcPair(5002),))
    first, second = sections(answer)
    assert "a=ssrc-group:FID 5000 5001" in first
    assert {"a=msid:stream7 main", "a=ssrc:5000 cname:stream7", "a=ssrc:5001 msid:stream7 main"} <= set(first)
    assert {"a=msid:stream7 sound", "a=ssrc:5002 cname:stream7"} <= set(second)
    assert not any(line.startswith("a=ssrc-group") for line in second)


def test_a_data_channel_first_in_the_bundle_is_turned_down() -> None:
    plan, answer = answer_watch(recorded("chromium_watch_with_data"), SERVER, ALL, count(5000))
    assert len(plan.tracks) == 2
    assert "m=application 0 " in answer


def test_one_picture_shows_the_best_layer_there_is() -> None:
    plan, _answer = answer_watch(offer(viewer()), SERVER, {Layer.SUB, Layer.SOUND}, count(1))
    assert [track.layer for track in plan.tracks] == [Layer.SUB]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("a=label:sub",), [Layer.SUB]),
        (("a=x-none", "a=x-none"), [Layer.MAIN, Layer.SUB]),
        (("a=x-none", "a=label:main"), [Layer.SUB, Layer.MAIN]),
    ],
)
def test_labels_ask_for_layers(labels: tuple[str, ...], expected: list[Layer]) -> None:
    plan, _answer = answer_watch(offer(*(viewer(label) for label in labels)), SERVER, ALL, count(1))
    assert [track.layer for track in plan.tracks] == expected


def test_what_is_not_there_stays_inactive() -> None:
    text = offer(audio(direction="recvonly"), viewer(), viewer())
    plan, answer = answer_watch(text, SERVER, {Layer.MAIN}, count(1))
    assert [track.mid for track in plan.tracks] == ["1"]
    found = sections(answer)
    assert [("a=inactive" in lines, lines[0].split()[1]) for lines in found] == [
        (True, "9"), (False, "9"), (True, "9"),
    ]  # fmt: skip
    assert not any(line.startswith("a=ssrc") for line in found[0])
    assert "a=group:BUNDLE 0 1 2\r\n" in answer


def test_a_viewer_that_also_sends_is_answered_sendonly() -> None:
    plan, answer = answer_watch(offer(video("a=ssrc:7 cname:x", direction="sendrecv")), SERVER, ALL, count(9))
    assert plan.tracks[0].ssrcs == (SsrcPair(9, 10),)
    assert "a=sendonly\r\n" in answer and "a=ssrc:7" not in answer


def test_who_only_sends_is_no_viewer() -> None:
    with pytest.raises(OfferRefused, match="recvonly") as caught:
        answer_watch(offer(video(direction="sendonly")), SERVER, ALL, count(1))
    assert caught.value.code == "not_receiving"


def test_a_viewer_without_our_codecs_is_refused() -> None:
    with pytest.raises(OfferRefused) as caught:
        answer_watch(offer(video(direction="recvonly", mode="0")), SERVER, ALL, count(1))
    assert caught.value.code == "codec_not_accepted"
