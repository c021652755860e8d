"""aiortc as a foreign publisher and viewer, over plain WHIP and WHEP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urljoin

import httpx2
from aiortc import RTCPeerConnection, RTCSessionDescription

SDP = "application/sdp"


async def exchange(connection: RTCPeerConnection, client: httpx2.AsyncClient, url: str, token: str) -> str:
    """Offer, POST, answer; the address of the session."""
    await connection.setLocalDescription(await connection.createOffer())
    headers = {"Content-Type": SDP, "Authorization": f"Bearer {token}"}
    answer = await client.post(url, content=connection.localDescription.sdp, headers=headers)
    assert answer.status_code == 201, answer.text
    await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    return urljoin(url, answer.headers["Location"])


@asynccontextmanager
async def watching(url: str, token: str) -> AsyncIterator[tuple[Any, Any]]:
    """The (video, audio) tracks of a stream, decoded by aiortc."""
    connection, client = RTCPeerConnection(), httpx2.AsyncClient()
    tracks: dict[str, Any] = {}
    connection.on("track", lambda track: tracks.__setitem__(track.kind, track))
    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    try:
        resource = await exchange(connection, client, url, token)
        yield tracks["video"], tracks["audio"]
        await client.delete(resource, headers={"Authorization": f"Bearer {token}"})
    finally:
        await connection.close()
        await client.aclose()


@asynccontextmanager
async def publishing(url: str, token: str, *tracks: Any) -> AsyncIterator[RTCPeerConnection]:
    """These tracks go on air, encoded by aiortc."""
    connection, client = RTCPeerConnection(), httpx2.AsyncClient()
    for track in tracks:
        transceiver = connection.addTransceiver(track, direction="sendonly")
        if track.kind == "video":
            from aiortc.rtcrtpsender import RTCRtpSender

            codecs = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType != "video/VP8"])
    try:
        resource = await exchange(connection, client, url, token)
        yield connection
        await client.delete(resource, headers={"Authorization": f"Bearer {token}"})
    finally:
        await connection.close()
        await client.aclose()
