"""A whole enforcement in Chromium: three terminals in step, while live and after; what is made of it is found again."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, sign_in
from tests.e2e.found_and_played import plays_from
from tests.e2e.node import Node
from tests.e2e.test_browser_playback import TIME, state_purpose
from tests.e2e.test_console_playback import PICTURES, in_step
from tests.e2e.three_terminals import NUMBERS, Three
from tests.waiting import until_async

LONG_US = 30_000_000  # of each, so that sixteen times as fast is seen for a while
SPEEDS = ("0.5×", "2×", "4×", "8×", "16×")
LENGTH = "(v => v.seekable.length > 0 && v.seekable.end(0) > 22)(document.querySelector('video'))"
FITS = "document.querySelector('.strip svg').getBoundingClientRect().right <= window.innerWidth"
RATE = "document.querySelector('video').playbackRate"
FRAME_S = (0.01, 0.2)  # of 5 to 60 pictures a second


async def pictures(page: Page, count: int) -> None:
    async def are_there() -> bool:
        return int(await page.evaluate(PICTURES)) >= count

    await until_async(are_there, 60, f"{count} pictures")


async def rewind(page: Page) -> None:
    """While it goes on: back, played from there, and to the newest picture again."""
    edge = page.locator("button.edge")
    await expect(edge).to_be_visible()
    await until_async(lambda: page.evaluate(LENGTH), 60, "something to go back over")
    await page.locator(".strip").focus()
    await page.keyboard.press("Home")
    await expect(edge).not_to_have_class("button small edge there")
    begun = float(await page.evaluate(TIME))
    await until_async(lambda: page.evaluate(f"{TIME} > {begun + 1.5}"), 30, "playing from the beginning")
    await keep_screenshot(page, "enforcement_rewound")
    await edge.click()
    await expect(edge).to_have_class("button small edge there", timeout=30_000)
    await until_async(lambda: page.evaluate(f"{TIME} > {begun + 10}"), 30, "the newest picture")


async def every_speed(page: Page) -> None:
    for speed in SPEEDS:
        await page.keyboard.press("Home")
        await page.get_by_role("button", name=speed, exact=True).click()
        begun = float(await page.evaluate(TIME))
        factor = float(speed[:-1])
        await until_async(lambda b=begun, f=factor: page.evaluate(f"{TIME} > {b + f}"), 30, f"pictures at {speed}")
        rate = float(await page.evaluate(RATE))
        assert abs(rate - factor) < factor * 0.01, f"{speed}: the leading one runs at {rate}"
        if speed in ("0.5×", "2×"):
            await in_step(page)
    await page.get_by_role("button", name="1×", exact=True).click()


async def handed_over(page: Page) -> None:
    """The one that left early leads; at its end another one leads on."""
    caption = page.locator("figcaption", has_text=NUMBERS[2])
    await caption.get_by_role("button").click()
    await expect(caption).to_contain_text("基准")
    await page.keyboard.press("End")
    await expect(caption).not_to_contain_text("基准", timeout=30_000)
    begun = float(await page.evaluate(TIME))
    await until_async(lambda: page.evaluate(f"{TIME} > {begun + 1}"), 20, "the first one leading on")
    await expect(caption).to_contain_text("此刻无画面")
    await keep_screenshot(page, "enforcement_handed_over")


async def frame_by_frame(page: Page) -> None:
    await page.locator("figcaption", has_text=NUMBERS[0]).get_by_role("button").click()
    await page.keyboard.press("Home")
    await page.get_by_role("button", name="前进 10 秒").click()
    await page.get_by_role("button", name="暂停", exact=True).click()
    for name, way in (("下一帧", 1), ("上一帧", -1)):
        before = float(await page.evaluate(TIME))
        await page.get_by_role("button", name=name).click()

        async def moved(before: float = before, way: int = way) -> bool:
            by = (float(await page.evaluate(TIME)) - before) * way
            return FRAME_S[0] < by < FRAME_S[1]

        await until_async(moved, 10, f"{name}: one frame")
    await in_step(page)


async def whole_screen(page: Page) -> None:
    """The watermark and the controls go along."""
    await page.get_by_role("button", name="全屏").click()
    await until_async(lambda: page.evaluate("document.fullscreenElement !== null"), 10, "the whole screen")
    within = "document.fullscreenElement.querySelectorAll('.veil').length"
    assert await page.evaluate(within) == len(NUMBERS)
    await expect(page.locator(".controls")).to_be_visible()
    await keep_screenshot(page, "enforcement_full_screen")
    await page.get_by_role("button", name="全屏").click()
    await until_async(lambda: page.evaluate("document.fullscreenElement === null"), 10, "the window again")


async def make(page: Page, kind: str) -> None:
    form = page.locator(".made form")
    await form.get_by_role("button", name=kind, exact=True).click()
    if kind != "截图":
        await page.keyboard.press("Home")
        await page.get_by_role("button", name="前进 10 秒").click()
        await form.get_by_role("button", name="设为起点").click()
        await page.get_by_role("button", name="前进 10 秒").click()
        await form.get_by_role("button", name="设为终点").click()
    if kind == "水印副本":
        await form.get_by_label("叠加的文字").fill("仅供复议使用")
    await form.locator("button[type=submit]").click()
    row = page.locator(".made .list li", has_text=kind).first
    # The bytes of a clip are the original's: it leaves by an approved export alone.
    there = row.get_by_text("须经导出审批") if kind == "片段" else row.get_by_role("link", name="下载")
    await expect(there).to_be_visible(timeout=60_000)


async def made_and_found_again(page: Page, node: Node) -> None:
    await page.get_by_role("tab", name="片段").click()
    for kind in ("片段", "截图", "水印副本"):
        await make(page, kind)
    await keep_screenshot(page, "enforcement_made")
    await page.get_by_role("tab", name="记录").click()
    moments = page.locator(".moments li", has=page.locator(".tag", has_text="制作"))
    await expect(moments).to_have_count(3)
    await keep_screenshot(page, "enforcement_moments")
    await moments.first.locator("button.go").click()
    await expect(page.get_by_role("tab", name="片段")).to_have_attribute("aria-selected", "true")
    await page.goto(f"{node.url}/exports/derivatives")
    await expect(page.locator("tbody tr")).to_have_count(3)
    await keep_screenshot(page, "enforcement_derivatives")


def long_enough(node: Node) -> bool:
    kept = {one["source"]: one["kept_us"] for one in node.get("/api/v1/recordings")["recordings"]}
    return all(kept.get(one, 0) >= LONG_US for one in NUMBERS[:2])


async def while_it_goes_on(page: Page, node: Node, three: Three) -> None:
    await asyncio.to_thread(three.begin)
    await page.goto(f"{node.url}/enforcements/{three.enforcement}")
    await asyncio.to_thread(three.step, "spoken_notice", "begin")
    await page.get_by_role("link", name="回放").click()
    await state_purpose(page)
    await pictures(page, 3)
    await expect(page.locator("main > header")).to_contain_text("3 路同步")
    await in_step(page)
    await asyncio.to_thread(three.step, "spoken_notice", "end")
    await asyncio.to_thread(three.step, "show_certificate", "begin")
    await asyncio.to_thread(three.team.send, three.enforcement, "marks", text="采砂船正在作业", important=True)
    await expect(page.locator(".moments li", has_text="采砂船正在作业")).to_be_visible(timeout=15_000)
    await asyncio.to_thread(three.third_leaves)
    await asyncio.to_thread(three.team.send, three.enforcement, "pause", reason="更换电池")
    await expect(page.locator(".moments li", has_text="更换电池")).to_be_visible(timeout=15_000)
    await asyncio.to_thread(three.team.send, three.enforcement, "resume", reason="电池已更换")
    await rewind(page)
    await asyncio.to_thread(three.step, "show_certificate", "end")
    await until_async(lambda: asyncio.to_thread(long_enough, node), 60, "enough of it")
    await asyncio.to_thread(three.finish)


async def afterwards(page: Page, node: Node, three: Three) -> None:
    await page.goto(f"{node.url}/enforcements/{three.enforcement}")
    await page.get_by_role("link", name="回放").click()
    await state_purpose(page)
    await pictures(page, 3)
    await in_step(page)
    moments = page.locator(".moments")
    for words in ("开始语音告知", "亮证", "采砂船正在作业", "更换电池", re.compile("终端(主动结束|关闭了连接)")):
        await expect(moments.locator("li", has_text=words).first).to_be_visible(timeout=40_000)
    await keep_screenshot(page, "enforcement_playback")
    begun = await asyncio.to_thread(node.get, f"/api/v1/enforcements/{three.enforcement}/timeline")
    await plays_from(page, begun["from_utc_us"] / 1_000_000 + 6, 2)
    await every_speed(page)
    await handed_over(page)
    await frame_by_frame(page)
    await whole_screen(page)
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.evaluate("document.documentElement.dataset.theme = 'light'")
    await page.locator(".strip").focus()
    await page.keyboard.press("PageDown")
    await keep_screenshot(page, "enforcement_playback_light")
    await page.set_viewport_size({"width": 1366, "height": 768})
    await page.evaluate("document.documentElement.dataset.theme = 'dark'")
    await page.wait_for_function("document.documentElement.scrollWidth <= 1366", timeout=5_000)  # measured anew
    await until_async(lambda: page.evaluate(FITS), 5, "the line of time within the narrower window")
    await made_and_found_again(page, node)


@pytest.mark.browser
async def test_three_terminals_of_an_enforcement_play_as_one(node: Node, tmp_path: Path) -> None:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        page = await context.new_page()
        page.set_default_timeout(20_000)
        await sign_in(page, node)
        three = Three(node, tmp_path)
        await asyncio.to_thread(three.go_on_air)
        complaints = complaints_of(page)
        await while_it_goes_on(page, node, three)
        await afterwards(page, node, three)
    assert complaints == []
