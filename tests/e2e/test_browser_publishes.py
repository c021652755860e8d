"""Chromium publishes its camera in two layers; a second Chromium page sees it on the wall."""

import asyncio

import pytest

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, window_of
from tests.e2e.node import Node
from tests.waiting import until_async

CONNECTED = "document.querySelector('.status')?.dataset.state === 'connected'"
PLAYING = "[...document.querySelectorAll('video')].some(v => v.videoWidth > 0 && v.currentTime > 1)"
SOURCE = "guest-e2e"


@pytest.mark.browser
async def test_its_two_layers_reach_the_wall(node: Node) -> None:
    async with chromium() as browser:
        context = await window_of(browser, node)
        await context.grant_permissions(["camera", "microphone"])
        camera = await context.new_page()
        complaints = complaints_of(camera)
        await camera.goto(f"{node.url}/publish#source={SOURCE}&start=1")
        await until_async(lambda: camera.evaluate(CONNECTED), 60, "the camera's connection")
        wall = await context.new_page()
        await wall.goto(f"{node.url}/wall")
        await until_async(lambda: wall.evaluate(PLAYING), 60, "the picture on the wall")
        assert SOURCE in await wall.inner_text("body")
        await keep_screenshot(wall, "published_by_a_browser")

        def arrived() -> bool:
            """Each has come; a browser on a busy machine may rest the large one again."""
            stream = node.live().get(SOURCE)
            layers = stream["figures"]["layers"] if stream is not None and stream["figures"] is not None else {}
            keys = {name for name, figures in layers.items() if figures["key_frame_age_s"] is not None}
            return keys == {"main", "sub"} and layers["sub"]["width"] < layers["main"]["width"] and "sound" in layers

        await until_async(lambda: asyncio.to_thread(arrived), 60, "both layers and sound")
        await keep_screenshot(camera, "publishing")
        await camera.click("button[type=submit]")
        await until_async(lambda: asyncio.to_thread(lambda: SOURCE not in node.live()), 30, "its end")
    # The DTLS goodbye may be faster than the DELETE, which then finds nothing: the browser calls that an error.
    assert [complaint for complaint in complaints if "/whip/sessions/" not in complaint] == []
