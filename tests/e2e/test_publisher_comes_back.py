"""A terminal loses its network for some seconds: the same stream and the same recording go on, one gap declared."""

import asyncio

import pytest

from tests.e2e.camera import Camera, on_air
from tests.e2e.kept import Kept, kept_in
from tests.e2e.node import Node
from tests.waiting import until_async

SOURCE = "T0101"
AWAY_S = 3.0
KEPT_BEFORE, KEPT_AFTER = 3, 3  # fragments


async def by_new_offer(camera: Camera) -> None:
    """The server says that it has forgotten the session: a new POST, with the session key."""
    camera.signalling.forgotten = True
    camera.regain_network()


async def by_new_port(camera: Camera) -> None:
    camera.regain_network()


async def by_ice_restart(camera: Camera) -> None:
    camera.regain_network(rebinds=False)
    await camera.restart_ice()


def only_recording(node: Node) -> Kept | None:
    kept = kept_in(node.folder / "archive")
    assert len(kept) <= 1, "another recording was begun"
    return next(iter(kept.values()), None)


@pytest.mark.parametrize("comes_back", [by_new_offer, by_new_port, by_ice_restart])
async def test_same_stream_same_recording_one_gap(node: Node, comes_back: object) -> None:
    assert callable(comes_back)
    async with on_air(node, SOURCE) as camera:
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 30, "the stream")
        before = (await asyncio.to_thread(node.live))[SOURCE]

        def kept(count: int, gaps: int = 0) -> Kept | None:
            found = only_recording(node)
            return found if found and len(found.fragments) >= count and len(found.gaps) >= gaps else None

        first = await until_async(lambda: asyncio.to_thread(kept, KEPT_BEFORE), 60, "a recording")
        session = camera.publisher._resource
        await camera.lose_network()
        await asyncio.sleep(AWAY_S)  # the fault itself
        await comes_back(camera)
        await camera.live()
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE in node.live()), 40, "the stream again")

        def goes_on() -> Kept | None:
            found = kept(len(first.fragments) + KEPT_AFTER, 1)
            if found is None:
                return None
            after = [one for one in found.fragments if one.utc_us >= found.gaps[0].to_utc_us]
            return found if any(one.video for one in after) else None  # sound may be there before the picture

        last = await until_async(lambda: asyncio.to_thread(goes_on), 60, "the recording going on")
        after = (await asyncio.to_thread(node.live))[SOURCE]
        assert (camera.publisher._resource != session) is (comes_back is by_new_offer)
    assert after["stream_id"] == before["stream_id"]
    assert last.id == first.id
    assert last.problems == []
    assert len(last.gaps) == 1, last.gaps
    gap_s = (last.gaps[0].to_utc_us - last.gaps[0].from_utc_us) / 1_000_000
    assert AWAY_S - 1 < gap_s < 40
