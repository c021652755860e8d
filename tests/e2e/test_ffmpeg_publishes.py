"""FFmpeg's WHIP muxer publishes with a publish key, in either DTLS role; a viewer reads its counter."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from dispatch_server.media.link.certificate import make_certificate
from terminals import counter_strip
from tests.e2e.aiortc_peer import watching
from tests.e2e.node import ROOT, Node
from tests.waiting import until_async


def write_certificate(folder: Path) -> None:
    made = make_certificate(os.urandom, time.time_ns() // 1000)
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(made.certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        made.key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


# As DTLS client FFmpeg 8.1 leaves its socket blocking and sends a packet only when one of ours has come: few pictures.
@pytest.mark.parametrize(("role", "pictures"), [("passive", 30), ("active", 4)])
async def test_its_pictures_reach_a_viewer(node: Node, tmp_path: Path, role: str, pictures: int) -> None:
    write_certificate(tmp_path)
    script = [sys.executable, "-m", "tests.e2e.ffmpeg_publisher", f"{node.url}/whip/T0202"]
    arguments = [node.publish_key("T0202"), str(tmp_path), role, "25"]
    log = tmp_path / "ffmpeg.log"
    with (
        log.open("wb") as output,
        subprocess.Popen([*script, *arguments], cwd=ROOT, stdout=output, stderr=output) as it,
    ):
        try:
            await until_async(lambda: asyncio.to_thread(lambda: "T0202" in node.live()), 20, "T0202 live")
            async with watching(*node.token("watch", "T0202")) as (video, audio):
                async with asyncio.timeout(20):
                    numbers: list[int] = []
                    while len(numbers) < pictures:
                        number = counter_strip.read((await video.recv()).to_ndarray(format="gray"))
                        if number is not None:
                            numbers.append(number)
                    if role == "passive":
                        await audio.recv()
        except (AssertionError, TimeoutError):
            print(log.read_text())
            raise
        finally:
            it.kill()
    assert numbers == sorted(numbers)
