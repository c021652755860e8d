"""What a running server refuses: each bad WHIP or WHEP request with its status and its reason, and nothing breaks."""

import os
import socket
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

from dispatch_server.media.abilities import LocalTransport
from dispatch_server.media.link.certificate import make_certificate
from dispatch_server.media.link.credentials import make_credentials
from dispatch_server.media.negotiate import offer_publish, offer_watch
from tests.conftest import is_free
from tests.e2e.node import Node
from tests.waiting import until

SDP = "application/sdp"
SOURCE = "T0101"
TOKEN_S = 2


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One server for all: none of these requests may harm it."""
    port = next(p for p in range(18_500, 18_600) if is_free(p, socket.SOCK_STREAM) and is_free(p, socket.SOCK_DGRAM))
    folder: Path = tmp_path_factory.mktemp("bad") / "data"
    with Node(folder, port, {"DISPATCH__LIVE__MEDIA_TOKEN_S": str(TOKEN_S)}) as running:
        yield running


def transport() -> LocalTransport:
    certificate = make_certificate(os.urandom, time.time_ns() // 1000)
    return LocalTransport(make_credentials(os.urandom), certificate.fingerprint, (), ice_lite=False)


def good_offer() -> str:
    return offer_publish(transport(), with_sub=True, with_sound=True, ssrcs=iter(count(1000)))


def post(node: Node, path: str, body: str | bytes, token: str, kind: str = SDP) -> httpx2.Response:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {token}"}
    return httpx2.post(node.url + path, content=body, headers=headers, timeout=20)


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    said: dict[str, Any] = answer.json()
    assert said["code"] == code
    assert said["title"]
    assert "Traceback" not in answer.text
    return said


@pytest.mark.parametrize(
    "spoil",
    [
        lambda offer: "no description at all",
        lambda offer: "",
        lambda offer: offer[:60],
        lambda offer: offer.replace("a=fingerprint:sha-256", "a=fingerprint:sha-9"),
        lambda offer: offer.replace("a=ice-ufrag", "a=ice-none"),
        lambda offer: offer + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 20,
        lambda offer: offer + "a=ssrc:1 cname:x\r\n" * 1500,
        lambda offer: offer.replace("m=video", "m=\x00ideo"),
    ],
)
def test_a_malformed_offer_is_400_with_the_reason(node: Node, spoil: Any) -> None:
    answer = post(node, f"/whip/{SOURCE}", spoil(good_offer()), node.publish_key(SOURCE))
    assert answer.status_code == 400, answer.text
    said = answer.json()
    assert len(said["detail"]) > 15
    assert "Traceback" not in answer.text


def test_bytes_that_are_no_text_are_400(node: Node) -> None:
    problem(post(node, f"/whip/{SOURCE}", b"v=0\r\n\xff\xfe", node.publish_key(SOURCE)), 400, "offer_malformed")


def test_too_large_is_413(node: Node) -> None:
    large = good_offer() + "a=x-padding:" + "x" * 70_000 + "\r\n"
    problem(post(node, f"/whip/{SOURCE}", large, node.publish_key(SOURCE)), 413, "too_large")


def test_an_unknown_codec_is_415_and_says_what_is_accepted(node: Node) -> None:
    offer = good_offer().replace("H264/90000", "VP9/90000").replace("opus/48000/2", "speex/16000")
    answer = post(node, f"/whip/{SOURCE}", offer, node.publish_key(SOURCE))
    assert answer.status_code == 415, answer.text
    accepted = " ".join(answer.json()["accepted"]).lower()
    assert "h264" in accepted and "opus" in accepted


def test_another_media_type_is_415(node: Node) -> None:
    said = problem(
        post(node, f"/whip/{SOURCE}", good_offer(), node.publish_key(SOURCE), "text/plain"),
        415,
        "media_type_unsupported",
    )
    assert said["accepted"] == [SDP]


def test_an_expired_token_is_401(node: Node) -> None:
    _, token = node.token("publish", SOURCE)
    issued = time.monotonic()
    until(lambda: time.monotonic() - issued > TOKEN_S + 0.5, TOKEN_S + 5, "the token's end")
    answer = post(node, f"/whip/{SOURCE}", good_offer(), token)
    problem(answer, 401, "token_refused")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_token_is_401(node: Node) -> None:
    answer = httpx2.post(f"{node.url}/whip/{SOURCE}", content=good_offer(), headers={"Content-Type": SDP}, timeout=20)
    problem(answer, 401, "token_missing")


def test_what_is_not_live_is_409(node: Node) -> None:
    asked = node.client().post("/api/v1/media-tokens", json={"direction": "watch", "target": "T0202"})
    problem(asked, 409, "stream_not_live")
    assert int(asked.headers["Retry-After"]) > 0


def test_a_publishers_token_watches_nothing(node: Node) -> None:
    _, token = node.token("publish", SOURCE)
    answer = post(node, f"/whep/{SOURCE}", offer_watch(transport()), token)
    assert answer.status_code in (401, 403, 409), answer.text


def test_the_server_is_well_afterwards(node: Node) -> None:
    assert httpx2.get(f"{node.url}/readyz", timeout=10).status_code == 200
    answer = post(node, f"/whip/{SOURCE}", good_offer(), node.publish_key(SOURCE))
    assert answer.status_code == 201, answer.text
    assert "Traceback" not in node.log
