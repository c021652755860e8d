"""Our own client against our own server, and against answers of others."""

from itertools import count

import pytest

from dispatch_server.media.abilities import (
    ABS_SEND_TIME,
    TRANSPORT_SEQUENCE,
    Direction,
    Layer,
    SsrcPair,
)
from dispatch_server.media.negotiate import (
    AnswerUnusable,
    answer_publish,
    answer_watch,
    offer_publish,
    offer_watch,
    read_publish_answer,
    read_watch_answer,
)
from tests.unit.media.sdp.offer_texts import CLIENT, SERVER, changed, sections, without

PUBLISH = offer_publish(CLIENT, with_sub=True, with_sound=True, ssrcs=count(1000))
WATCH = offer_watch(CLIENT)


def test_both_ends_of_a_publication_have_the_same_plan() -> None:
    server, answer = answer_publish(PUBLISH, SERVER)
    client = read_publish_answer(PUBLISH, answer)
    assert [track.layer for track in client.tracks] == [Layer.MAIN, Layer.SUB, Layer.SOUND]
    for theirs, ours in zip(server.tracks, client.tracks, strict=True):
        assert (theirs.direction, ours.direction) == (Direction.IN, Direction.OUT)
        assert (theirs.mid, theirs.layer, theirs.codec) == (ours.mid, ours.layer, ours.codec)
        assert theirs.ssrcs == ours.ssrcs
        assert theirs.extensions == ours.extensions == {ABS_SEND_TIME: 2, TRANSPORT_SEQUENCE: 3}
    assert client.tracks[0].ssrcs == (SsrcPair(1000, 1001),)
    assert (server.dtls_client, client.dtls_client) == (False, True)
    assert (server.remote, client.remote) == (CLIENT.credentials, SERVER.credentials)
    assert client.fingerprints == (SERVER.fingerprint,)


def test_the_server_can_be_reached_over_udp_and_passive_tcp() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    found = read_publish_answer(PUBLISH, answer).remote_candidates
    assert [(one.host, one.port, one.transport) for one in found] == [
        ("198.51.100.7", 8443, "udp"),
        ("198.51.100.7", 8443, "tcp"),
    ]
    assert found[0].priority > found[1].priority


def test_both_ends_of_a_viewing_have_the_same_plan() -> None:
    server, answer = answer_watch(WATCH, SERVER, set(Layer), count(5000))
    client = read_watch_answer(WATCH, answer)
    for theirs, ours in zip(server.tracks, client.tracks, strict=True):
        assert (theirs.direction, ours.direction) == (Direction.OUT, Direction.IN)
        assert (theirs.mid, theirs.layer, theirs.codec, theirs.ssrcs) == (
            ours.mid, ours.layer, ours.codec, ours.ssrcs,
        )  # fmt: skip
    assert [track.layer for track in client.tracks] == [Layer.MAIN, Layer.SOUND]


def test_a_viewer_may_ask_for_the_small_picture() -> None:
    offer = offer_watch(CLIENT, layers=[Layer.SUB])
    _plan, answer = answer_watch(offer, SERVER, {Layer.SUB}, count(5000))
    assert [track.layer for track in read_watch_answer(offer, answer).tracks] == [Layer.SUB]


def test_picture_only_and_the_profile_that_was_asked_for() -> None:
    offer = offer_publish(CLIENT, with_sub=False, with_sound=False, ssrcs=count(1), profile_level_id="640c1f")
    assert len(sections(offer)) == 1 and "640c1f" in offer
    assert "a=ice-lite" not in offer and "a=candidate" not in offer and "a=setup:actpass" in offer


def test_what_the_server_turns_down_is_not_sent() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    plan = read_publish_answer(PUBLISH, changed(answer, "m=audio 9", "m=audio 0"))
    assert [track.layer for track in plan.tracks] == [Layer.MAIN, Layer.SUB]
    plan = read_publish_answer(PUBLISH, changed(answer, "a=recvonly", "a=inactive", times=1))
    assert [track.layer for track in plan.tracks] == [Layer.SUB, Layer.SOUND]


def test_an_answer_without_repair_leaves_its_ssrc_out() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    plan = read_publish_answer(PUBLISH, without(answer, "a=fmtp:97"))
    assert plan.tracks[0].ssrcs == (SsrcPair(1000),)
    assert plan.tracks[0].codec.rtx_payload_type is None


def test_an_active_server_makes_us_wait() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    assert not read_publish_answer(PUBLISH, changed(answer, "setup:passive", "setup:active")).dtls_client


def test_extensions_must_keep_our_numbers() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    plan = read_publish_answer(PUBLISH, changed(answer, f"a=extmap:3 {TRANSPORT_SEQUENCE}", "a=extmap:9 urn:x"))
    assert plan.tracks[0].extensions == {ABS_SEND_TIME: 2}
    plan = read_publish_answer(PUBLISH, changed(answer, "a=extmap:3 ", "a=extmap:4 "))
    assert plan.tracks[0].extensions == {ABS_SEND_TIME: 2}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("v=0", "v=9"),
        ("a=recvonly", "a=inactive"),
        ("a=setup:passive", "a=setup:actpass"),
        ("a=setup:passive\r\n", ""),
        ("a=ice-ufrag:serverUfrag\r\n", ""),
        ("a=group:BUNDLE 0 1 2\r\n", ""),
        ("a=fingerprint:sha-256", "a=fingerprint:sha-1"),
        ("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=text 9 UDP/TLS/RTP/SAVPF 96 97"),
    ],
)
def test_an_answer_that_does_not_fit_cannot_be_used(old: str, new: str) -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    broken = changed(answer, old, new)
    if new.startswith("m=text"):
        broken = without(broken, "a=rtpmap:111")
    with pytest.raises(AnswerUnusable) as caught:
        read_publish_answer(PUBLISH, broken)
    assert caught.value.sentence and caught.value.code


def test_another_number_of_sections_or_another_codec_number_is_no_answer() -> None:
    _plan, answer = answer_publish(PUBLISH, SERVER)
    with pytest.raises(AnswerUnusable):
        read_publish_answer(offer_publish(CLIENT, with_sub=False, with_sound=True, ssrcs=count(1)), answer)
    moved = changed(changed(answer, "96", "98"), "111", "98")
    with pytest.raises(AnswerUnusable):
        read_publish_answer(PUBLISH, moved)
