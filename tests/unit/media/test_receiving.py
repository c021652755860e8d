"""Which SSRCs become tracks: signalled ones, and few new ones that rid, mid or payload type name."""

import pytest

from dispatch_server.kit.errors import MalformedPacket
from dispatch_server.media.abilities import (
    MID,
    REPAIRED_RID,
    RID,
    Codec,
    Direction,
    Fingerprint,
    IceCredentials,
    Kind,
    Layer,
    SessionPlan,
    SsrcPair,
    TrackPlan,
)
from dispatch_server.media.receiving import NEW_SSRCS_PER_MID, Receivers
from dispatch_server.media.track.timeline import SenderClock

H264 = Codec("H264", 96, 90_000, rtx_payload_type=97, nack=True, pli=True)
IDS = {MID: 1, RID: 2, REPAIRED_RID: 3}


def receivers(*tracks: TrackPlan) -> Receivers:
    plan = SessionPlan(IceCredentials("u", "p"), (Fingerprint("sha-256", ""),), False, tracks)
    return Receivers(plan, SenderClock(), lambda now: int(now * 1_000_000))


def packet(ssrc: int, payload_type: int = 96, elements: dict[int, bytes] | None = None) -> bytes:
    data = b"".join(bytes([key << 4 | len(value) - 1]) + value for key, value in (elements or {}).items())
    data += bytes(-len(data) % 4)
    head = bytes([0x90, payload_type, 0, 1, 0, 0, 0, 2]) + ssrc.to_bytes(4, "big")
    return head + b"\xbe\xde" + (len(data) // 4).to_bytes(2, "big") + data + b"\x41payload"


def video(layer: Layer = Layer.MAIN, **changes: object) -> TrackPlan:
    values = {
        "mid": "0",
        "kind": Kind.VIDEO,
        "direction": Direction.IN,
        "layer": layer,
        "codec": H264,
        "extensions": IDS,
    }
    return TrackPlan(**{**values, **changes})  # type: ignore[arg-type]


def test_signalled_ssrcs_and_their_repair() -> None:
    those = receivers(video(ssrcs=(SsrcPair(10, 11),)))
    assert those.could_be(packet(10), 10) and not those.could_be(packet(99), 99)
    with pytest.raises(MalformedPacket):
        those.bind(packet(11, 97), 11)  # repair of a track that is not there yet
    those.bind(packet(10), 10)
    those.bind(packet(11, 97), 11)
    (track,) = those.tracks
    assert (track.ssrc, track.repair_ssrc, track.layer) == (10, 11, Layer.MAIN)


def test_rids_name_the_layers_of_a_simulcast() -> None:
    those = receivers(video(layer_of_rid={"h": Layer.MAIN, "l": Layer.SUB}))
    those.bind(packet(1, elements={1: b"0", 2: b"h"}), 1)
    those.bind(packet(2, elements={1: b"0", 2: b"l"}), 2)
    those.bind(packet(3, 97, {1: b"0", 3: b"l"}), 3)
    assert {track.layer: track.repair_ssrc for track in those.tracks} == {Layer.MAIN: None, Layer.SUB: 3}
    assert not those.could_be(packet(4, elements={1: b"0", 2: b"x"}), 4)
    assert not those.could_be(packet(4, elements={1: b"9", 2: b"h"}), 4)


def test_a_payload_type_alone_names_the_only_section_without_ssrcs() -> None:
    those = receivers(video())
    assert those.could_be(packet(5), 5)
    assert not those.could_be(packet(5, 100), 5)
    two = receivers(video(), video(Layer.SUB, mid="1"))
    assert not two.could_be(packet(5), 5)
    assert two.could_be(packet(5, elements={1: b"1"}), 5)


def test_new_ssrcs_are_few_and_the_newest_is_the_track() -> None:
    those = receivers(video())
    for ssrc in range(1, NEW_SSRCS_PER_MID + 1):
        assert those.could_be(packet(ssrc), ssrc)
        those.bind(packet(ssrc), ssrc)
    assert [track.ssrc for track in those.tracks] == [NEW_SSRCS_PER_MID]
    assert set(those.by_ssrc) == {NEW_SSRCS_PER_MID}
    assert not those.could_be(packet(1000), 1000)
