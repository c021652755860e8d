"""A real aiortc peer takes our answers and answers our offers."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from aiortc import AudioStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from dispatch_server.media.abilities import Direction, Layer
from dispatch_server.media.negotiate import (
    answer_publish,
    answer_watch,
    offer_publish,
    offer_watch,
    read_publish_answer,
    read_watch_answer,
)
from tests.unit.media.sdp.offer_texts import CLIENT, SERVER


@pytest.fixture
async def peer() -> AsyncIterator[RTCPeerConnection]:
    connection = RTCPeerConnection()
    yield connection
    await connection.close()


async def offered(peer: RTCPeerConnection) -> str:
    await peer.setLocalDescription(await peer.createOffer())
    return peer.localDescription.sdp


async def test_a_publishing_peer_takes_our_answer(peer: RTCPeerConnection) -> None:
    peer.addTransceiver(AudioStreamTrack(), direction="sendonly")
    peer.addTransceiver(VideoStreamTrack(), direction="sendonly")
    plan, answer = answer_publish(await offered(peer), SERVER)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    sound, picture = peer.getTransceivers()
    assert (sound.currentDirection, picture.currentDirection) == ("sendonly", "sendonly")
    assert [pair.primary for track in plan.tracks for pair in track.ssrcs] == [
        sound.sender._ssrc,
        picture.sender._ssrc,
    ]
    assert plan.tracks[1].ssrcs[0].repair == picture.sender._rtx_ssrc


async def test_a_watching_peer_takes_our_answer(peer: RTCPeerConnection) -> None:
    peer.addTransceiver("audio", direction="recvonly")
    peer.addTransceiver("video", direction="recvonly")
    _plan, answer = answer_watch(await offered(peer), SERVER, frozenset(Layer), count(5000))
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    assert [one.currentDirection for one in peer.getTransceivers()] == ["recvonly", "recvonly"]
    assert [one.receiver.track.id for one in peer.getTransceivers()] == ["sound", "main"]


async def test_a_peer_bears_a_section_with_nothing_to_show(peer: RTCPeerConnection) -> None:
    peer.addTransceiver("audio", direction="recvonly")
    peer.addTransceiver("video", direction="recvonly")
    _plan, answer = answer_watch(await offered(peer), SERVER, {Layer.MAIN}, count(5000))
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    assert [one.currentDirection for one in peer.getTransceivers()] == ["inactive", "recvonly"]


async def answered(peer: RTCPeerConnection, offer: str) -> str:
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    return peer.localDescription.sdp


async def test_a_peer_answers_our_publication(peer: RTCPeerConnection) -> None:
    offer = offer_publish(CLIENT, with_sub=True, with_sound=True, ssrcs=count(1000))
    answer = await answered(peer, offer)
    plan = read_publish_answer(offer, answer)
    assert [track.layer for track in plan.tracks] == [Layer.MAIN, Layer.SUB, Layer.SOUND]
    assert all(track.direction is Direction.OUT for track in plan.tracks)
    assert plan.tracks[0].codec.nack and plan.tracks[0].codec.rtx_payload_type == 97
    # Each section names the same addresses; aioice knows none where there is only loopback.
    assert len(plan.remote_candidates) == len({line for line in answer.split() if "candidate:" in line})
    assert len(plan.fingerprints) == 3


async def test_a_peer_answers_our_viewing(peer: RTCPeerConnection) -> None:
    peer.addTrack(VideoStreamTrack())
    peer.addTrack(AudioStreamTrack())
    offer = offer_watch(CLIENT)
    plan = read_watch_answer(offer, await answered(peer, offer))
    assert [track.layer for track in plan.tracks] == [Layer.MAIN, Layer.SOUND]
    by_kind = {one.kind: one.sender._ssrc for one in peer.getTransceivers()}
    assert {track.kind: track.ssrcs[0].primary for track in plan.tracks} == by_kind
