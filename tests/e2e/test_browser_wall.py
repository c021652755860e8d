"""An operator signs in with the link and sees the wall move, in two windows at once."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.node import Node
from tests.waiting import until_async

PLAYING = "[...document.querySelectorAll('video')].filter(v => v.videoWidth > 0 && v.currentTime > 1).length"
TIMES = "[...document.querySelectorAll('video')].map(v => v.currentTime)"


@pytest.mark.browser
async def test_four_moving_pictures_in_two_windows(node: Node) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
        first = await context.new_page()
        complaints = complaints_of(first)
        await sign_in(first, node)
        await asyncio.to_thread(node.simulate, 4)
        await until_async(lambda: first.evaluate(PLAYING + " >= 4"), 90, "four pictures in the first window")
        second = await context.new_page()
        await second.goto(node.url)
        await until_async(lambda: second.evaluate(PLAYING + " >= 4"), 90, "four pictures in the second window")
        await assert_moving(first)
        text = await first.inner_text("body")
        await keep_screenshot(first, "wall")
    for number in ("T0101", "T0201", "T0301", "T0401"):
        assert number in text
    assert "kbps" in text or "Mbps" in text
    assert complaints == []


@pytest.mark.browser
async def test_nine_moving_pictures_of_twelve(node: Node) -> None:
    async with chromium() as browser:
        page = await (await browser.new_context(viewport={"width": 1600, "height": 1000}, locale="zh-CN")).new_page()
        complaints = complaints_of(page)
        await sign_in(page, node)
        await asyncio.to_thread(node.simulate, 12)
        await page.keyboard.press("3")  # nine pictures
        await until_async(lambda: page.evaluate(PLAYING + " == 9"), 90, "nine pictures")
        for _ in range(3):
            await assert_moving(page)
        await keep_screenshot(page, "wall-of-nine")
    assert complaints == []


async def assert_moving(page: Page) -> None:
    before = await page.evaluate(TIMES)

    async def all_moved() -> bool:
        after = await page.evaluate(TIMES)
        return len(after) == len(before) and all(b > a + 0.5 for a, b in zip(before, after, strict=True))

    await until_async(all_moved, 15, "every picture moving on")
