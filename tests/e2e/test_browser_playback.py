"""A growing recording plays in Chromium once a purpose is stated: time advances, a jump to a clock time lands there."""

import asyncio
import time

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, window_of
from tests.e2e.node import Node
from tests.waiting import until, until_async

KEPT_S = 14
TIME = "document.querySelector('video').currentTime"
STATE = "(v => [v.currentTime, v.duration, v.paused, v.readyState, v.seeking])(document.querySelector('video'))"
PLAYS = "(v => v && v.videoWidth > 0 && v.readyState >= 2 && !v.paused)(document.querySelector('video'))"
CLOCK = "document.querySelector('.controls time').textContent"
# What of the picture is not of one colour: a decoder that shows nothing shows one.
COLOURS = """(() => { const v = document.querySelector('video'), c = document.createElement('canvas');
  c.width = 64; c.height = 36; const x = c.getContext('2d'); x.drawImage(v, 0, 0, 64, 36);
  const d = x.getImageData(0, 0, 64, 36).data; const s = new Set();
  for (let i = 0; i < d.length; i += 4) s.add(d[i] >> 4 << 8 | d[i+1] >> 4 << 4 | d[i+2] >> 4); return s.size })()"""


def long_recording(node: Node) -> dict[str, object] | None:
    recordings = node.get("/api/v1/recordings")["recordings"]
    return next((one for one in recordings if one["kept_us"] >= KEPT_S * 1_000_000), None)


def clock_at(utc_ms: int) -> str:
    """As the console shows it: the county's time, wherever the browser stands."""
    return time.strftime("%H:%M:%S", time.gmtime(utc_ms // 1000 + 8 * 3600))


async def state_purpose(page: Page) -> None:
    """Nothing plays before, and no picture stands there to be guessed from."""
    dialog = page.get_by_role("dialog", name="说明查看用途")
    begin = dialog.get_by_role("button", name="开始查看")
    await expect(begin).to_be_disabled()
    assert await page.locator("video").count() == 0
    await dialog.get_by_label("具体说明").fill("复核第 12 号投诉")
    await begin.click()


@pytest.mark.browser
async def test_it_plays_and_jumps(node: Node) -> None:
    await asyncio.to_thread(node.simulate, 1)
    recording = await asyncio.to_thread(until, lambda: long_recording(node), 90, "a recording")
    async with chromium() as browser:
        context = await window_of(browser, node)
        page = await context.new_page()
        complaints = complaints_of(page)
        await page.goto(f"{node.url}/recordings/{recording['recording_id']}")
        await state_purpose(page)
        await until_async(lambda: page.evaluate(PLAYS), 60, "a picture")
        begun = await page.evaluate(TIME)
        await until_async(lambda: page.evaluate(f"{TIME} > {begun + 2}"), 30, "two seconds of it")
        assert await page.evaluate(COLOURS) > 8, "the picture shows nothing"

        started_us = recording["started_utc_us"]
        assert isinstance(started_us, int)
        clocks = [clock_at(started_us // 1000 + 6000 + later) for later in (0, 1000, 2000)]
        await page.fill("#jump", clocks[0])
        await page.press("#jump", "Enter")

        async def is_there() -> bool:
            shown = str(await page.evaluate(CLOCK))
            return any(clock in shown for clock in clocks)

        try:
            await until_async(is_there, 30, f"the clock at {clocks[0]}")
        except AssertionError:
            await keep_screenshot(page, "playback_failed")
            print(await page.evaluate(CLOCK), clocks, await page.evaluate(STATE), complaints)
            raise
        landed = await page.evaluate(TIME)
        await until_async(lambda: page.evaluate(f"{TIME} > {landed + 1}"), 30, "playing on from there")
        await keep_screenshot(page, "playback")
        await page.goto(f"{node.url}/recordings")
        await until_async(lambda: page.evaluate("document.body.innerText.includes('T0101')"), 20, "the list")
        await keep_screenshot(page, "recordings")
    assert complaints == []
