"""GStreamer publishes with a publish key, where it is installed; a viewer sees its picture and hears its sound."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.e2e.aiortc_peer import watching
from tests.e2e.node import Node
from tests.waiting import until_async

PYTHON = Path("/usr/bin/python3")
SCRIPT = Path(__file__).parent / "gstreamer_publisher.py"
SOURCE = "T0202"
CURE = "apt install python3-gi gir1.2-gst-plugins-bad-1.0 gstreamer1.0-nice gstreamer1.0-plugins-{bad,good,ugly}"


def is_installed() -> bool:
    return PYTHON.exists() and subprocess.run([PYTHON, SCRIPT], capture_output=True, check=False).returncode == 0


async def test_its_pictures_and_sound_reach_a_viewer(node: Node, tmp_path: Path) -> None:
    if not await asyncio.to_thread(is_installed):
        pytest.skip(f"GStreamer with WebRTC and its Python bindings is not installed ({CURE})")
    command = [PYTHON, SCRIPT, f"{node.url}/whip/{SOURCE}", node.publish_key(SOURCE)]
    log = tmp_path / "gstreamer.log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as it:
        try:
            await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 30, f"{SOURCE} live")
            async with watching(*node.token("watch", SOURCE)) as (video, audio), asyncio.timeout(30):
                pictures = [await video.recv() for _ in range(30)]
                await audio.recv()
        except (AssertionError, TimeoutError):
            print(log.read_text())
            raise
        finally:
            it.kill()
    assert {(picture.width, picture.height) for picture in pictures} == {(640, 360)}
    assert pictures[-1].to_ndarray(format="gray").std() > 30, "colour bars"
