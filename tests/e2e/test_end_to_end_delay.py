"""The counter that a terminal burned into its picture, read back from a viewer's, tells how old the picture is."""

import asyncio
import statistics

from terminals import counter_strip
from terminals.clip_maker import FPS, FRAMES
from tests.e2e.aiortc_peer import watching
from tests.e2e.node import Node, utc_us

PICTURES = 60
CLIP_US = FRAMES * 1_000_000 // FPS


def age_s(number: int, zero_utc_us: int) -> float:
    """How long ago the newest frame with this number was taken."""
    return (utc_us() - zero_utc_us - number * 1_000_000 // FPS) % CLIP_US / 1_000_000


async def test_a_viewer_sees_what_happened_less_than_half_a_second_ago(node: Node) -> None:
    await asyncio.to_thread(node.simulate, 1)
    zero = node.frame_zero_utc_us("T0101")
    ages, unread = [], 0
    async with watching(*node.token("watch", "T0101")) as (video, _):
        async with asyncio.timeout(30):
            while len(ages) < PICTURES:
                frame = await video.recv()
                number = counter_strip.read(frame.to_ndarray(format="gray"))
                if number is None:
                    unread += 1
                    assert unread < 30, "the counter cannot be read"
                else:
                    ages.append(age_s(number, zero))
    # The first pictures are the past that a new viewer is given at once.
    settled = ages[PICTURES // 2 :]
    assert statistics.median(settled) < 0.5, settled
