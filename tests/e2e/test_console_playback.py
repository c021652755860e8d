"""Search and playback in Chromium: found, played for a purpose; two sources run in step and carry who looks."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.browser import chromium, complaints_of, keep_screenshot, window_of
from tests.e2e.node import Node
from tests.e2e.test_browser_playback import state_purpose
from tests.waiting import until, until_async

KEPT_US = 14_000_000
DRIFT_MS = 200
PICTURES = (
    "[...document.querySelectorAll('video')].filter(v => v.videoWidth > 0 && v.readyState >= 2 && !v.paused).length"
)


def two_sources(node: Node) -> bool:
    kept = {one["source"] for one in node.get("/api/v1/recordings")["recordings"] if one["kept_us"] >= KEPT_US}
    found = node.get("/api/v1/search/recordings")["recordings"]  # follows within a second
    return len(kept) >= 2 and len(found) >= 2


def end_recordings(node: Node) -> None:
    for terminal in node.terminals:
        terminal.terminate()
    closed = ("closed", "sealed")

    def ended() -> bool:
        return all(one["state"] in closed for one in node.get("/api/v1/recordings")["recordings"])

    until(ended, 60, "recordings that have ended")


async def drift_ms(page: Page) -> int | None:
    """As the page's head says it."""
    shown = await page.locator("main > header").inner_text()
    found = re.search(r"相差 (-?\d+) 毫秒", shown)
    return int(found.group(1)) if found else None


async def in_step(page: Page) -> None:
    async def is_close() -> bool:
        drift = await drift_ms(page)
        return drift is not None and drift <= DRIFT_MS

    await until_async(is_close, 40, "two pictures in step")


async def choose_both(page: Page, node: Node) -> None:
    await page.goto(f"{node.url}/recordings")
    await expect(page.locator("tr.row")).to_have_count(2)
    await page.get_by_label("终端", exact=True).fill("T0101")
    await page.get_by_role("button", name="查询").click()
    await expect(page.locator("tr.row")).to_have_count(1)
    assert "terminal=T0101" in page.url
    await page.reload()
    await expect(page.locator("tr.row")).to_have_count(1)  # the address has kept it
    await page.get_by_role("button", name="更多条件").click()
    await keep_screenshot(page, "search_narrowed")
    await page.get_by_role("button", name="清除条件").click()
    await expect(page.locator("tr.row")).to_have_count(2)
    for box in await page.locator("tr.row input[type=checkbox]").all():
        await box.check()
    await keep_screenshot(page, "search")
    await page.get_by_role("link", name="并列播放").click()


async def write_note(page: Page) -> None:
    await page.get_by_label("批注", exact=True).fill("商户出示营业执照")
    await page.get_by_role("button", name="添加批注").click()
    await expect(page.locator(".list .words", has_text="商户出示营业执照")).to_be_visible()
    await page.get_by_role("button", name="撤回").click()
    dialog = page.get_by_role("dialog", name="撤回批注")
    await dialog.get_by_role("textbox").fill("写错了时刻")
    await dialog.get_by_role("button", name="撤回").click()
    await expect(page.locator(".list .words", has_text="已撤回")).to_be_visible()


@pytest.mark.browser
async def test_two_sources_are_found_and_run_in_step(node: Node) -> None:
    await asyncio.to_thread(node.simulate, 2)
    await asyncio.to_thread(until, lambda: two_sources(node), 90, "two recordings")
    first = node.get("/api/v1/recordings")["recordings"][0]
    assert node.client().get(first["playlist_url"]).status_code == 403  # for no purpose
    async with chromium() as browser:
        context = await window_of(browser, node, 1366, 768)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        complaints = complaints_of(page)
        await choose_both(page, node)
        await state_purpose(page)

        async def both() -> bool:
            return int(await page.evaluate(PICTURES)) == 2

        await until_async(both, 60, "two pictures")
        await in_step(page)
        await expect(page.locator(".veil").first).to_be_attached()
        await keep_screenshot(page, "side_by_side")
        # Out of step on purpose, a second and a half: the follower comes back by itself.
        await page.evaluate("document.querySelectorAll('video')[1].currentTime -= 1.5")

        async def is_apart() -> bool:
            return (await drift_ms(page) or 0) > DRIFT_MS

        await until_async(is_apart, 10, "a drift that is seen")
        await in_step(page)
        await write_note(page)
        await page.get_by_role("tab", name="存证").click()
        await expect(page.get_by_text("尚未封存")).to_be_visible()
        await keep_screenshot(page, "proof")
        await page.get_by_role("tab", name="片段").click()
        await expect(page.get_by_text("录像仍在录制")).to_be_visible()
        await asyncio.to_thread(end_recordings, node)
        await expect(page.get_by_text("录像仍在录制")).to_have_count(0, timeout=20_000)  # asked every 5 s
        await page.get_by_role("button", name="截图", exact=True).click()
        await page.locator(".made form button[type=submit]").click()
        await expect(page.get_by_role("link", name="下载")).to_be_visible(timeout=60_000)
        await page.locator(".strip").focus()
        await page.keyboard.press("PageDown")
        await keep_screenshot(page, "made_light")
    assert complaints == []
