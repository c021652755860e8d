"""Main and sub picture of one camera: simulcast rids, labels, order."""

import pytest

from dispatch_server.media.abilities import MID, REPAIRED_RID, RID, Layer
from dispatch_server.media.negotiate import OfferMalformed, answer_publish
from tests.unit.media.sdp.offer_texts import SERVER, changed, offer, recorded, sections, video

RID_EXTENSIONS = (f"a=extmap:4 {MID}", f"a=extmap:10 {RID}", f"a=extmap:11 {REPAIRED_RID}")


def simulcast(*lines: str) -> str:
    return offer(video(*RID_EXTENSIONS, *lines))


def layers_of(*lines: str) -> dict[str, Layer]:
    plan, _answer = answer_publish(simulcast(*lines), SERVER)
    return dict(plan.tracks[0].layer_of_rid)


def test_chromium_simulcast_is_answered_with_recv() -> None:
    plan, answer = answer_publish(recorded("chromium_publish_simulcast"), SERVER)
    picture = plan.tracks[1]
    assert picture.layer_of_rid == {"h": Layer.MAIN, "l": Layer.SUB}
    assert (picture.extensions[RID], picture.extensions[REPAIRED_RID]) == (10, 11)
    assert sections(answer)[1][-3:] == ["a=rid:h recv", "a=rid:l recv", "a=simulcast:recv h;l"]


def test_obs_numbers_its_rids_from_the_largest() -> None:
    plan, _answer = answer_publish(recorded("obs_publish_simulcast"), SERVER)
    assert plan.tracks[1].layer_of_rid == {"0": Layer.MAIN, "1": Layer.SUB}


@pytest.mark.parametrize(
    ("rids", "order", "expected"),
    [
        (("h", "l"), "l;h", {"l": Layer.SUB, "h": Layer.MAIN}),
        (("q", "h", "f"), "q;h;f", {"q": Layer.SUB, "f": Layer.MAIN}),
        (("high", "medium", "low"), "high;medium;low", {"high": Layer.MAIN, "low": Layer.SUB}),
        (("l",), "l", {"l": Layer.SUB}),
        (("x", "y", "z"), "y;z;x", {"y": Layer.MAIN, "z": Layer.SUB}),
        (("x", "y"), "~x,y;y", {"x": Layer.MAIN, "y": Layer.SUB}),
    ],
)
def test_names_tell_the_layer_else_the_order(rids: tuple[str, ...], order: str, expected: dict[str, Layer]) -> None:
    assert layers_of(*(f"a=rid:{rid} send" for rid in rids), f"a=simulcast:send {order}") == expected


def test_a_rid_bound_to_another_codec_is_left_out() -> None:
    lines = ("a=rid:h send pt=96,97;max-width=1280", "a=rid:l send pt=98", "a=simulcast:send h;l")
    assert layers_of(*lines) == {"h": Layer.MAIN}


def test_received_rids_and_rids_without_simulcast_do_not_count() -> None:
    assert layers_of("a=rid:h recv", "a=rid:l send", "a=simulcast:recv h send l") == {"l": Layer.SUB}
    assert layers_of("a=rid:h send", "a=rid:l send") == {}
    assert layers_of("a=rid:h send", "a=simulcast:send") == {}


def test_without_its_extensions_simulcast_cannot_be_told_apart() -> None:
    plan, answer = answer_publish(offer(video("a=rid:h send", "a=rid:l send", "a=simulcast:send h;l")), SERVER)
    assert plan.tracks[0].layer_of_rid == {}
    assert "a=simulcast" not in answer


@pytest.mark.parametrize("line", ["a=rid:h", "a=rid:h sideways", "a=rid:" + "h" * 17 + " send"])
def test_a_broken_rid_is_named(line: str) -> None:
    with pytest.raises(OfferMalformed, match="rid"):
        answer_publish(simulcast(line, "a=simulcast:send h"), SERVER)


def test_more_than_four_rids_are_too_many() -> None:
    with pytest.raises(OfferMalformed, match="4 a=rid"):
        answer_publish(simulcast(*(f"a=rid:r{number} send" for number in range(5))), SERVER)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("a=label:main", "a=label:sub"), [Layer.MAIN, Layer.SUB]),
        (("a=label:sub", "a=label:main"), [Layer.SUB, Layer.MAIN]),
        (("a=x-none", "a=x-none"), [Layer.MAIN, Layer.SUB]),
        (("a=x-none", "a=label:main"), [Layer.SUB, Layer.MAIN]),
        (("a=label:sub", "a=label:camera"), [Layer.SUB, Layer.MAIN]),
        (("a=label:main", "a=label:main"), [Layer.MAIN]),
    ],
)
def test_sections_are_layers_by_label_and_then_by_order(labels: tuple[str, str], expected: list[Layer]) -> None:
    plan, _answer = answer_publish(offer(*(video(label) for label in labels)), SERVER)
    assert [track.layer for track in plan.tracks] == expected


def test_a_second_section_beside_two_rids_is_turned_down() -> None:
    first = video(*RID_EXTENSIONS, "a=rid:h send", "a=rid:l send", "a=simulcast:send h;l")
    plan, answer = answer_publish(offer(first, video("a=label:sub")), SERVER)
    assert len(plan.tracks) == 1
    assert sections(answer)[1][0].startswith("m=video 0 ")


def test_one_label_alone_is_enough() -> None:
    text = changed(offer(video("a=label:SUB")), "SUB", "Sub")
    plan, _answer = answer_publish(text, SERVER)
    assert plan.tracks[0].layer is Layer.SUB
