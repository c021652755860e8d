"""aiortc publishes a camera and a microphone; another viewer sees and hears them."""

import asyncio

import numpy as np
from aiortc import VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from av import VideoFrame

from terminals import counter_strip
from tests.e2e.aiortc_peer import publishing, watching
from tests.e2e.node import Node
from tests.waiting import until_async


class Numbered(VideoStreamTrack):
    """Pictures that count."""

    count = 0

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        picture = np.full((360, 640, 3), 90, np.uint8)
        picture[:, :, 1] = np.linspace(0, 200, 640, dtype=np.uint8)[None, :]
        counter_strip.draw(picture, self.count)
        self.count += 1
        frame = VideoFrame.from_ndarray(picture, format="bgr24")
        frame.pts, frame.time_base = pts, time_base
        return frame


async def test_its_pictures_reach_a_viewer(node: Node) -> None:
    camera = Numbered()
    async with publishing(f"{node.url}/whip/T0102", node.publish_key("T0102"), camera, AudioStreamTrack()):
        await until_async(lambda: asyncio.to_thread(lambda: "T0102" in node.live()), 15, "T0102 live")
        async with watching(*node.token("watch", "T0102")) as (video, audio):
            async with asyncio.timeout(30):
                numbers = []
                while len(numbers) < 30:
                    number = counter_strip.read((await video.recv()).to_ndarray(format="gray"))
                    if number is not None:
                        numbers.append(number)
                sound = await audio.recv()
    assert numbers == sorted(numbers)
    assert camera.count - numbers[-1] < 30
    assert sound.sample_rate == 48_000
    await until_async(lambda: asyncio.to_thread(lambda: "T0102" not in node.live()), 10, "T0102 ended")
